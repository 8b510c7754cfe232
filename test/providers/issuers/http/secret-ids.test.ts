import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { beforeEach, describe, expect, test } from 'vitest'
import { options } from '../../../../providers/issuers/http/options.ts'
import { ProviderError } from '../../../../src/contracts/errors.ts'
import { material } from '../../../../src/contracts/secret-value.ts'
import { admin, call, request, useService, value } from './service.ts'

/* A service that knows its keys by their value alone: its list shows every secret, and DELETE takes it in the path. */

const service = useService()
const strangers = '*:development.0123456789abcdef0123456789abcdef'
const list = {
  request: 'GET /tokens',
  items: '$.tokens[*]',
  name: '$.tokenName',
  parts: { value: '$.secret' },
}
const create = {
  request: 'POST /tokens',
  json: { tokenName: '{{ name }}' },
  parts: { value: '$.secret' },
}
const byValue = {
  create,
  list,
  revoke: { request: 'DELETE /tokens/{{ value }}', secretInUrl: true },
}
const fingerprint = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16)

let tokens: { secret: string; tokenName: string }[]
beforeEach(() => {
  tokens = [
    { secret: admin, tokenName: 'admin' },
    { secret: strangers, tokenName: 'theirs' },
  ]
  service.answer = (line, body) => {
    if (line.startsWith('GET')) return { json: { tokens } }
    if (line.startsWith('DELETE')) {
      const secret = decodeURIComponent(line.replace('DELETE /tokens/', ''))
      tokens = tokens.filter((token) => token.secret !== secret)
      return { status: 200 }
    }
    const made = { secret: value, tokenName: JSON.parse(body).tokenName }
    tokens.push(made)
    return { status: 201, json: made }
  }
})

/** Nothing that comes out of the issuer shows one of these. */
function expectHidden(shown: unknown): void {
  const text = `${inspect(shown, { depth: 9, showHidden: true })}${JSON.stringify(shown)}${String(shown)}`
  for (const secret of [value, strangers, admin]) {
    expect(text).not.toContain(secret)
    expect(text).not.toContain(encodeURIComponent(secret))
  }
}

describe('a service whose ids are the secrets', () => {
  test('keys have the fingerprint for an id, also those of others and the admin', async () => {
    const issuer = service.issuerWith(byValue)
    const made = await issuer.issue(request, call())
    expect(made.ref).toEqual({ id: `fp:${fingerprint(value)}`, name: request.name })
    const listed = await issuer.list(call())
    expect(listed.map(({ id }) => id)).toEqual(
      [admin, strangers, value].map((one) => `fp:${fingerprint(one)}`),
    )
    expect(await issuer.find(request, call())).toEqual([listed[2]])
    expect(await issuer.identify?.(material({ value: strangers }), call())).toEqual(listed[1])
    expectHidden([made, listed])
    expect(issuer.traits).toMatchObject({ revokesByValue: true, onLostAnswer: 'find' })
  })

  test('a key is revoked by its value, which the list yields when nobody holds it', async () => {
    const issuer = service.issuerWith(byValue)
    const { ref } = await issuer.issue(request, call())
    await issuer.revoke({ ref }, call())
    expect(service.seen.at(-1)?.line).toBe(`DELETE /tokens/${encodeURIComponent(value)}`)
    expect(tokens.map(({ secret }) => secret)).toEqual([admin, strangers])
    await expect(issuer.revoke({ ref }, call())).rejects.toMatchObject({ code: 'not_found', effect: 'none' })
    tokens.push({ secret: value, tokenName: 'again' })
    await issuer.revoke({ material: material({ value }) }, call())
    expect(tokens).toHaveLength(2)
  })

  test('the value in the URL is in no error', async () => {
    const issuer = service.issuerWith(byValue)
    const held = { material: material({ value: strangers }) }
    for (const status of [302, 400, 403, 404, 500]) {
      service.answer = () => ({ status, headers: { location: `/tokens/${strangers}` } })
      const failure = await issuer.revoke(held, call()).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(ProviderError)
      expect((failure as Error).message).toContain('/tokens/[secret]')
      expectHidden(failure)
    }
    const down = service.issuerWith({ ...byValue, base: 'http://127.0.0.1:9' })
    expectHidden(await down.revoke(held, call()).catch((error: unknown) => error))
  })

  test('a page whose address holds a secret is not shown either', async () => {
    const paged = { ...list, paginate: { kind: 'body-next-url', from: '$.next' } }
    service.answer = (line) =>
      line === 'GET /tokens' ? { json: { tokens, next: `/tokens/after/${strangers}` } } : { status: 500 }
    const failure = await service
      .issuerWith({ ...byValue, list: paged })
      .list(call())
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'unavailable' })
    expectHidden(failure)
  })

  test('an id that only stands for a secret is never sent', async () => {
    const issuer = service.issuerWith()
    const failure = issuer.revoke({ ref: { id: `fp:${fingerprint(value)}` } }, call())
    await expect(failure).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
    expect(service.seen).toEqual([])
  })
})

describe('a secret that the config takes for an id', () => {
  const problemsOf = (change: object) => {
    const right = {
      base: service.url,
      auth: { management: { bearer: { env: 'KEYROTA_TEST_ADMIN' } } },
      create: { ...create, id: '$.id' },
      list: { ...list, parts: undefined, id: '$.id' },
      revoke: { request: 'DELETE /tokens/{{ id }}' },
      probe: { request: 'GET /me', accepted: 200, rejected: 401 },
    }
    const result = options.safeParse({ ...right, ...change })
    return (result.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  }

  test.each<[string, object, string]>([
    ['the same path', { create: { ...create, id: '$.secret' } }, 'create.id'],
    ['the same path in other words', { create: { ...create, id: "$['secret']" } }, 'create.id'],
    ['the same field in the list', { list: { ...list, parts: undefined, id: '$.secret' } }, 'list.id'],
    [
      'the name in the list',
      { list: { ...list, parts: undefined, id: '$.id', name: '$.secret' } },
      'list.name',
    ],
    ['the answer about oneself', { whoami: { request: 'GET /me', id: '$.me.secret' } }, 'whoami.id'],
  ])('is refused when it is read: %s', (_, change, path) => {
    const [problem] = problemsOf(change)
    expect(problem).toMatch(
      new RegExp(`^${path.replaceAll('.', '\\.')}: expected a field that is not secret`),
    )
    expect(problem).toContain('publicParts')
  })

  test('is fine for a part that is declared public', () => {
    const account = {
      auth: {
        management: { bearer: { env: 'KEYROTA_TEST_ADMIN' } },
        probe: { basic: { user: '{{ sid }}', password: '{{ secret }}' } },
      },
      create: { ...create, id: '$.sid', parts: { sid: '$.sid', secret: '$.secret' } },
      list: { ...list, parts: undefined, id: '$.sid' },
      revoke: { request: 'DELETE /tokens/{{ sid }}' },
    }
    expect(problemsOf({ ...account, publicParts: ['sid'] })).toEqual([])
    expect(problemsOf(account).map((one) => one.slice(0, one.indexOf(':')))).toContain('create.id')
    expect(problemsOf({ ...account, publicParts: ['sid', 'secret'] }).join()).toContain('publicParts')
  })

  test.each([
    ['the value itself', value],
    ['text around it', `token/${value}`],
    ['a part of it', value.slice(3)],
    ['its base64', Buffer.from(value).toString('base64')],
    ['its percent-encoding', encodeURIComponent(`${value}`)],
  ])('is refused at the first response: %s', async (_, id) => {
    service.answer = () => ({ json: { id, key: value } })
    const failure = await service
      .issuerWith()
      .issue(request, call())
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'invalid',
      effect: 'unknown',
      nextStep: expect.stringContaining('list.parts'),
    })
    expectHidden(failure)
  })

  test('is refused in a list that shows our own credential as an id', async () => {
    service.answer = () => ({ json: { data: [{ id: admin, name: 'admin' }] } })
    const failure = await service
      .issuerWith()
      .list(call())
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'invalid', effect: 'none' })
    expectHidden(failure)
  })

  test('stays out of URLs where the request does not allow it', () => {
    expect(problemsOf({ revoke: { request: 'DELETE /tokens/{{ value }}' } })[0]).toContain(
      'secretInUrl: true',
    )
    const unused = { revoke: { request: 'DELETE /tokens/{{ id }}', secretInUrl: true } }
    expect(problemsOf(unused)[0]).toMatch(/^revoke.secretInUrl: /)
  })
})
