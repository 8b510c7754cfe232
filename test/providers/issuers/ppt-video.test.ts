/* Issuer `ppt-video`: probe, tasks and options. */

import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { make } from '../../../providers/issuers/ppt-video/index.ts'
import { options } from '../../../providers/issuers/ppt-video/options.ts'
import { LeaseOverError } from '../../../src/contracts/errors.ts'
import { material } from '../../../src/contracts/secret-value.ts'

const good = 'ppt-good-key-000000000001'
const call = () => ({ signal: new AbortController().signal, beforeSend: () => {} })
const context = { name: 'video', stateFolder: '/nowhere' }
const servers: http.Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

interface Seen {
  path: string
  body: string
}

/** A gateway that accepts one key, with the given response for each path; without one, the request hangs. */
async function startGateway(statuses: Record<string, number>, headers: Record<string, string> = {}) {
  const seen: Seen[] = []
  const server = http.createServer(async (request, response) => {
    const path = (request.url ?? '').replace('/api/v1/generation/', '')
    let body = ''
    for await (const chunk of request) body += chunk
    seen.push({ path, body })
    if (request.headers.authorization !== `Bearer ${good}`) response.writeHead(401).end()
    else if (statuses[path] !== undefined) response.writeHead(statuses[path], headers).end('{}')
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const issuer = make(options.parse({ account: 'studio', base, paths: Object.keys(statuses) }), context)
  return { issuer, seen, base }
}

describe('probe', () => {
  test.each([
    [422, 'accepted', undefined],
    [200, 'accepted', true],
    [202, 'accepted', true],
    [400, 'unknown', undefined],
    [402, 'unknown', undefined],
    [403, 'unknown', undefined],
    [404, 'unknown', undefined],
    [302, 'unknown', undefined],
    [500, 'unknown', undefined],
  ])('%i is %s', async (status, verdict, mayHaveBilled) => {
    const { issuer } = await startGateway({ 'google/veo-3.1': status })
    const answer = await issuer.probe(material({ value: good }), call())
    expect([answer.verdict, answer.status, answer.mayHaveBilled]).toEqual([verdict, status, mayHaveBilled])
  })

  test('a garbage key is rejected, and nothing it sends could be generated', async () => {
    const { issuer, seen } = await startGateway({ 'google/veo-3.1': 422 })
    const answer = await issuer.probe(material({ value: 'garbage-garbage-garbage' }), call())
    expect(answer).toMatchObject({ verdict: 'rejected', status: 401 })
    expect(seen).toEqual([{ path: 'google/veo-3.1', body: '{"prompt":[]}' }])
  })

  test('429 is unknown and says when to retry', async () => {
    const { issuer } = await startGateway({ 'google/veo-3.1': 429 }, { 'retry-after': '7' })
    const answer = await issuer.probe(material({ value: good }), call())
    expect(answer).toMatchObject({ verdict: 'unknown', status: 429, retryAfterMs: 7000 })
  })

  test.each([
    ['all accept', { a: 422, b: 422 }, 'accepted', undefined],
    ['one rejects', { a: 422, b: 401 }, 'rejected', undefined],
    ['one rejects, one is unwell', { a: 503, b: 401 }, 'rejected', undefined],
    ['one is unwell', { a: 422, b: 503 }, 'unknown', undefined],
    ['one bills, one rejects', { a: 200, b: 401 }, 'rejected', true],
    ['one bills, one is unwell', { a: 200, b: 503 }, 'unknown', true],
  ])('of several paths, %s', async (_, statuses, verdict, mayHaveBilled) => {
    const { issuer } = await startGateway(statuses)
    const answer = await issuer.probe(material({ value: good }), call())
    expect([answer.verdict, answer.mayHaveBilled]).toEqual([verdict, mayHaveBilled])
  })

  test('an aborted probe returns at once without a verdict', async () => {
    const { base } = await startGateway({ other: 422 })
    const hanging = make(options.parse({ account: 'studio', base, paths: ['hangs/here'] }), context)
    const begun = performance.now()
    const answer = await hanging.probe(material({ value: good }), {
      ...call(),
      signal: AbortSignal.timeout(30),
    })
    expect(answer.verdict).toBe('unknown')
    expect(performance.now() - begun).toBeLessThan(1000)
  })

  test('checks the lease before every path and sends nothing once it is over', async () => {
    const { issuer, seen } = await startGateway({ a: 422, b: 422 })
    let left = 1
    const beforeSend = () => {
      if (left-- === 0) throw new LeaseOverError()
    }
    const failure = issuer.probe(material({ value: good }), { ...call(), beforeSend })
    await expect(failure).rejects.toBeInstanceOf(LeaseOverError)
    expect(seen.map((one) => one.path)).toEqual(['a'])
  })

  test('no response reveals the key', async () => {
    const { issuer } = await startGateway({ a: 503 })
    expect(inspect(await issuer.probe(material({ value: good }), call()))).not.toContain(good)
  })
})

describe('task', () => {
  const issuer = make(options.parse({ account: 'studio', scope: 'generation only' }), context)
  test('creation names the key, the link, the scope and the account to confirm', () => {
    const task = issuer.task('create', { name: 'keyrota-renderer-m1' })
    expect(task.url).toBe('https://ppt.video/dashboard')
    const text = [task.title, ...task.steps].join('\n')
    expect(text).toContain('keyrota-renderer-m1')
    expect(text).toContain('generation only')
    expect(task.confirm.join()).toContain('studio')
  })

  test('creation says not to delete the current key, revocation names the key to delete', () => {
    const create = issuer.task('create', { name: 'new-key', currentName: 'old-key' })
    expect(create.steps.join('\n')).toContain('Do not delete old-key')
    const revoke = issuer.task('revoke', { name: 'old-key', currentName: 'old-key' })
    expect(revoke.title).toBe('Delete old-key')
    expect(revoke.steps.join('\n')).not.toContain('Leave')
  })
})

describe('options', () => {
  test('the defaults are the public gateway and one path', () => {
    expect(options.parse({ account: 'studio' })).toMatchObject({
      base: 'https://open.ppt.video',
      dashboard: 'https://ppt.video/dashboard',
      paths: ['google/veo-3.1'],
    })
  })

  test.each([
    ['no account', {}, 'account'],
    ['plain http elsewhere', { account: 'a', base: 'http://gateway.example' }, 'base'],
    ['a path that leaves its folder', { account: 'a', paths: ['../keys'] }, 'paths.0'],
    ['a misspelt name', { account: 'a', path: ['x'] }, ''],
  ])('%s is refused with its path', (_, given, path) => {
    const { error } = options.safeParse(given)
    expect(error?.issues[0]?.path.join('.')).toBe(path)
  })
})
