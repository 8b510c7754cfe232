/* Issuer `http`: authentication, requests and names. */
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { material } from '../../../../src/contracts/secret-value.ts'
import { admin, call, request, useService, value } from './service.ts'

const service = useService()

describe('authentication', () => {
  test.each<[string, object, Record<string, string>]>([
    ['bearer', { bearer: { env: 'KEYROTA_TEST_ADMIN' } }, { authorization: `Bearer ${admin}` }],
    [
      'a scheme of its own',
      { scheme: { name: 'token', credential: { env: 'KEYROTA_TEST_ADMIN' } } },
      { authorization: `token ${admin}` },
    ],
    [
      'basic',
      { basic: { user: 'api', password: { env: 'KEYROTA_TEST_ADMIN' } } },
      { authorization: `Basic ${Buffer.from(`api:${admin}`).toString('base64')}` },
    ],
    [
      'several headers',
      { headers: { 'X-Api-Key': { env: 'KEYROTA_TEST_ADMIN' }, 'X-Version': '2026-01' } },
      { 'x-api-key': admin, 'x-version': '2026-01' },
    ],
    ['none', { none: true }, {}],
  ])('%s', async (_, management, headers) => {
    service.answer = () => ({ json: { data: [] } })
    await service.issuerWith({ auth: { management, probe: { none: true } } }).list(call())
    expect(service.seen[0]?.headers).toMatchObject(headers)
    if (!('authorization' in headers)) expect(service.seen[0]?.headers.authorization).toBeUndefined()
  })

  const oauth = (more = {}) => ({
    management: {
      oauth2ClientCredentials: {
        tokenUrl: `${service.url}/token`,
        clientId: 'client:1',
        clientSecret: { env: 'KEYROTA_TEST_ADMIN' },
        ...more,
      },
    },
  })

  test('a client-credentials token is requested once, and the lease is checked for it too', async () => {
    service.answer = (line) =>
      line === 'POST /token'
        ? { json: { access_token: 'access-1', expires_in: 3600 } }
        : { json: { data: [] } }
    const issuer = service.issuerWith({ auth: oauth({ scope: 'keys', audience: 'api' }) })
    let looks = 0
    for (let n = 0; n < 2; n++) await issuer.list(call(() => looks++))
    expect(service.seen.map((one) => one.line)).toEqual(['POST /token', 'GET /keys', 'GET /keys'])
    expect(looks).toBe(3)
    expect(service.seen[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from(`client%3A1:${admin}`).toString('base64')}`,
    )
    expect(service.seen[0]?.body).toBe('grant_type=client_credentials&scope=keys&audience=api')
    expect(service.seen[2]?.headers.authorization).toBe('Bearer access-1')
  })

  test('a refused token is requested again the next time', async () => {
    let tokens = 0
    service.answer = (line) =>
      line === 'POST /token'
        ? { json: { access_token: `access-${++tokens}`, expires_in: 3600 } }
        : { status: 401 }
    const issuer = service.issuerWith({ auth: oauth({ clientAuth: 'body' }) })
    for (let n = 0; n < 2; n++) await expect(issuer.list(call())).rejects.toMatchObject({ code: 'denied' })
    expect(tokens).toBe(2)
    expect(service.seen[0]?.body).toContain(`client_secret=${admin}`)
  })

  test('without a token no key is created', async () => {
    service.answer = () => ({ status: 400, json: { error: 'invalid_client' } })
    const failure = service.issuerWith({ auth: oauth() }).issue(request, call())
    await expect(failure).rejects.toMatchObject({ code: 'denied', effect: 'none' })
    expect(service.seen.map((one) => one.line)).toEqual(['POST /token'])
  })

  test('an unset variable is reported by name before anything is sent', async () => {
    const issuer = service.issuerWith({ auth: { management: { bearer: { env: 'KEYROTA_TEST_UNSET' } } } })
    await expect(issuer.list(call())).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('KEYROTA_TEST_UNSET'),
    })
    expect(service.seen).toEqual([])
  })
})

describe('requests', () => {
  const made = () => ({ status: 201, json: { id: 7, key: value } })

  test('a JSON body keeps types, omits absent fields, and a number becomes an id', async () => {
    service.answer = made
    const json = {
      n: '{{ name }}',
      limit: '{{ vars.limit }}',
      at: '{{ expires_at | unix }}',
      who: '{{ vars.who }}!',
      list: [1, '{{ mark }}'],
      none: null,
      scopes: '{{ scopes }}',
      gone: '{{ current.id }}',
    }
    const create = { request: 'POST /keys', json, id: '$.id', parts: { value: '$.key' } }
    const issuer = service.issuerWith({ vars: { limit: 5, who: 'me' }, create })
    const { ref } = await issuer.issue(
      { ...request, expiresAt: 1_800_000_000_999, scopes: ['a', 'b'] },
      call(),
    )
    expect(ref).toEqual({ id: '7', name: request.name })
    expect(JSON.parse(service.seen[0]?.body ?? '')).toEqual({
      n: request.name,
      limit: 5,
      at: 1_800_000_000,
      who: 'me!',
      list: [1, request.mark],
      none: null,
      scopes: ['a', 'b'],
    })
    expect(service.seen[0]?.headers['content-type']).toBe('application/json')
  })

  test('a form, a multipart body and headers of its own', async () => {
    service.answer = made
    const rest = { id: '$.id', parts: { value: '$.key' } }
    const form = {
      request: 'POST /keys',
      form: { FriendlyName: '{{ name }} & co', expires: '{{ expires_at }}' },
      headers: { Accept: 'application/vnd.x+json' },
      ...rest,
    }
    await service.issuerWith({ create: form }).issue(request, call())
    expect(service.seen[0]?.body).toBe(`FriendlyName=${request.name}+%26+co`)
    expect(service.seen[0]?.headers.accept).toBe('application/vnd.x+json')
    await service
      .issuerWith({
        create: { request: 'POST /keys', multipart: { role: 'sending', 'a"b': '{{ name }}' }, ...rest },
      })
      .issue(request, call())
    const [, boundary] = /boundary=(\S+)/.exec(service.seen[1]?.headers['content-type'] ?? '') ?? []
    expect(service.seen[1]?.body).toBe(
      `--${boundary}\r\ncontent-disposition: form-data; name="role"\r\n\r\nsending\r\n` +
        `--${boundary}\r\ncontent-disposition: form-data; name="a%22b"\r\n\r\n${request.name}\r\n--${boundary}--\r\n`,
    )
  })

  test('outputs in a URL are encoded, never empty and never a dot segment', async () => {
    service.answer = () => ({ status: 204 })
    const issuer = service.issuerWith()
    await issuer.revoke({ ref: { id: 'a/../b?c#d e' } }, call())
    expect(service.seen[0]?.line).toBe('DELETE /keys/a%2F..%2Fb%3Fc%23d%20e')
    for (const id of ['', '.', '..']) {
      await expect(issuer.revoke({ ref: { id } }, call())).rejects.toMatchObject({
        code: 'invalid',
        effect: 'none',
      })
    }
    await expect(issuer.revoke({ material: material({ value }) }, call())).rejects.toMatchObject({
      code: 'invalid',
    })
    expect(service.seen).toHaveLength(1)
  })

  test('the mark is sent as idempotency header, and parts come from their paths', async () => {
    service.answer = () => ({ json: { data: { sid: 'SK1', secret: value } } })
    const create = {
      request: 'POST /keys',
      id: '$.data.sid',
      parts: { sid: '$.data.sid', secret: '$.data.secret' },
    }
    const auth = {
      management: { bearer: { env: 'KEYROTA_TEST_ADMIN' } },
      probe: { basic: { user: '{{ sid }}', password: '{{ secret }}' } },
    }
    const issuer = service.issuerWith({
      create,
      auth,
      publicParts: ['sid'],
      idempotency: { header: 'Idempotency-Key' },
    })
    const issued = await issuer.issue(request, call())
    expect(issuer.traits).toMatchObject({ parts: ['sid', 'secret'], onLostAnswer: 'repeat' })
    expect(service.seen[0]?.headers['idempotency-key']).toBe(request.mark)
    await issuer.probe(issued.material, call())
    expect(service.seen[1]?.headers.authorization).toBe(
      `Basic ${Buffer.from(`SK1:${value}`).toString('base64')}`,
    )
    expect(inspect(issued, { depth: 9 })).not.toContain(value)
  })

  test('a roll sends the old key in a header and declares what happens to it', async () => {
    service.answer = made
    const create = {
      request: 'POST /keys/{{ current.id }}/roll',
      headers: { 'X-Old': '{{ current.value }}' },
      id: '$.id',
      parts: { value: '$.key' },
    }
    const issuer = service.issuerWith({
      lifecycle: 'roll',
      revoke: undefined,
      list: undefined,
      oldKeyOnIssue: { diesAfter: '24h' },
      create,
    })
    expect(issuer.traits).toMatchObject({ oldKeyOnIssue: { diesAfterMs: 86_400_000 }, onLostAnswer: 'stop' })
    await issuer.issue(
      { ...request, current: { ref: { id: 'k1' }, material: material({ value: 'old-value-of-the-key-1' }) } },
      call(),
    )
    expect([service.seen[0]?.line, service.seen[0]?.headers['x-old']]).toEqual([
      'POST /keys/k1/roll',
      'old-value-of-the-key-1',
    ])
    await expect(issuer.revoke({ ref: { id: 'k1' } }, call())).rejects.toMatchObject({
      code: 'invalid',
      effect: 'none',
    })
  })
})
