import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, test } from 'vitest'
import { type FaultProxy, onOperation, onPath, startFaultProxy } from './fault-proxy.ts'

let effects: string[]
let rawHeaders: string[]
let proxy: FaultProxy
let stopUpstream: () => void

beforeEach(async () => {
  effects = []
  const upstream = createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    rawHeaders = request.rawHeaders
    effects.push(`${request.method} ${request.url} ${Buffer.concat(chunks).toString('hex')}`)
    response.setHeader('X-Turn', effects.length)
    response.end(`answer ${effects.length}`)
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  proxy = await startFaultProxy({ upstream: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` })
  stopUpstream = () => {
    upstream.close()
    upstream.closeAllConnections()
  }
})

afterEach(async () => {
  await proxy.close()
  stopUpstream()
})

function post(path: string, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
  return fetch(proxy.url + path, {
    method: 'POST',
    body: new Uint8Array([0, 255, 10]),
    headers,
    signal: signal ?? null,
  })
}

test('sends body and Host on byte for byte and counts', async () => {
  const answer = await post('/a%20b?x=1', { 'X-Odd-Case': 'kept' })
  assert.equal(await answer.text(), 'answer 1')
  assert.equal(answer.headers.get('x-turn'), '1')
  assert.deepEqual(effects, ['POST /a%20b?x=1 00ff0a'])
  const host = rawHeaders[rawHeaders.findIndex((text) => text.toLowerCase() === 'host') + 1]
  assert.equal(host, proxy.url.slice('http://'.length))
  assert.equal(proxy.count(onPath('POST', /^\/a/)), 1)
  assert.equal(proxy.count(onPath('GET', /^\/a/)), 0)
})

test('answers a fault without an effect, only where it matches, only so often', async () => {
  proxy.arm({
    action: { kind: 'answer', status: 429, headers: { 'retry-after': '7' } },
    when: onOperation('Put'),
    skip: 1,
  })
  const statuses: number[] = []
  for (const operation of ['svc.Get', 'svc.Put', 'svc.Put', 'svc.Put'])
    statuses.push((await post('/', { 'x-amz-target': operation })).status)
  assert.deepEqual(statuses, [200, 200, 429, 200])
  assert.equal(effects.length, 3)
  assert.deepEqual(
    proxy.requests.map((request) => request.fault),
    [undefined, undefined, 'answer', undefined],
  )
})

test('cuts before and after the effect', async () => {
  proxy.arm({ action: { kind: 'cut-before' } })
  proxy.arm({ action: { kind: 'cut-after' } })
  await assert.rejects(post('/'))
  assert.equal(effects.length, 0)
  await assert.rejects(post('/'))
  assert.equal(effects.length, 1)
  assert.equal(proxy.requests[1]?.status, undefined)
})

test('answers 503 although the effect happened', async () => {
  proxy.arm({ action: { kind: 'answer', status: 503, afterEffect: true } })
  assert.equal((await post('/')).status, 503)
  assert.equal(effects.length, 1)
})

test('lets something else happen first', async () => {
  const before = { action: { kind: 'meanwhile', run: async () => void effects.push('foreign') } } as const
  proxy.arm(before)
  assert.equal(await (await post('/')).text(), 'answer 2')
  assert.deepEqual(effects, ['foreign', 'POST / 00ff0a'])
})

test('hangs with and without the effect until the client goes away', async () => {
  proxy.arm({ action: { kind: 'hang' } })
  proxy.arm({ action: { kind: 'hang-after' } })
  await leaveOnce(() => proxy.requests.length === 1)
  assert.equal(effects.length, 0)
  await leaveOnce(() => effects.length === 1)
  assert.equal(effects.length, 1)
})

/** Sends a request and gives it up as soon as this is so, however busy the machine is. */
async function leaveOnce(isSo: () => boolean): Promise<void> {
  const leaving = new AbortController()
  const pending = assert.rejects(post('/', {}, leaving.signal))
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
  leaving.abort()
  await pending
}

test('truncates an answer, delays one, and repeats an old one', async () => {
  assert.equal(await (await post('/')).text(), 'answer 1')
  proxy.arm({ action: { kind: 'truncate' } })
  await assert.rejects(async () => (await post('/')).text())
  proxy.arm({ action: { kind: 'delay', delayMs: 60 } })
  const before = performance.now()
  assert.equal(await (await post('/')).text(), 'answer 3')
  assert.ok(performance.now() - before >= 55)
  proxy.arm({ action: { kind: 'stale' }, times: Number.POSITIVE_INFINITY })
  assert.equal(await (await post('/')).text(), 'answer 1')
  assert.equal(effects.length, 3)
  proxy.clear()
  assert.equal(await (await post('/')).text(), 'answer 4')
})
