/* Issuer `http`: how responses are read. */

import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { isMisfit, LeaseOverError } from '../../../../src/contracts/errors.ts'
import { material } from '../../../../src/contracts/secret-value.ts'
import { call, type Reply, request, useService, value } from './service.ts'

const service = useService()

describe('answers', () => {
  test('a 200 that contains errors is a refusal by its rule', async () => {
    service.answer = () => ({ json: { errors: [{ code: 'TOO_MANY' }] } })
    const rules = [
      { path: '$.errors[*].code', is: ['TOO_MANY'], code: 'quota' },
      { path: '$.errors', code: 'invalid' },
    ]
    const create = {
      request: 'POST /keys',
      json: { name: '{{ name }}' },
      id: '$.id',
      parts: { value: '$.key' },
      errors: rules,
    }
    await expect(service.issuerWith({ create }).issue(request, call())).rejects.toMatchObject({
      code: 'quota',
      effect: 'none',
    })
    service.answer = () => ({ json: { errors: [{ code: 'OTHER' }] } })
    await expect(service.issuerWith({ create }).issue(request, call())).rejects.toMatchObject({
      code: 'invalid',
      effect: 'none',
    })
  })

  test('a creation whose response lacks the key or the id has effect unknown', async () => {
    for (const json of [{ id: 1 }, { key: value }, [], 'text']) {
      service.answer = () => ({ json })
      await expect(service.issuerWith().issue(request, call())).rejects.toMatchObject({
        code: 'invalid',
        effect: 'unknown',
      })
    }
  })

  test('a creation that was answered with something else does not fit, and a cut one was lost', async () => {
    service.answer = () => ({ text: '<html>Welcome</html>' })
    const page = await service
      .issuerWith()
      .issue(request, call())
      .catch((error) => error)
    expect([page.code, isMisfit(page)]).toEqual(['invalid', true])
    service.answer = () => ({ text: '{"id": 1, "ke' })
    const cut = await service
      .issuerWith()
      .issue(request, call())
      .catch((error) => error)
    expect([cut.code, cut.effect, isMisfit(cut)]).toEqual(['unavailable', 'unknown', false])
  })

  test('a wrong path to the id is repaired by the list, which shows the key by its name', async () => {
    service.answer = (line) =>
      line.startsWith('POST')
        ? { json: { ident: 'k9', key: value } }
        : { json: { data: [{ id: 'k9', name: request.name }] } }
    expect((await service.issuerWith().issue(request, call())).ref.id).toBe('k9')
  })

  test('a key whose id cannot be found has effect unknown, even if the lease ends in between', async () => {
    const create = {
      request: 'POST /keys',
      json: { name: '{{ name }}' },
      idFrom: 'list-match',
      parts: { value: '$.key' },
    }
    service.answer = (line) => (line.startsWith('POST') ? { json: { key: value } } : { status: 503 })
    await expect(service.issuerWith({ create }).issue(request, call())).rejects.toMatchObject({
      code: 'unavailable',
      effect: 'unknown',
    })
    let looks = 0
    const ending = call(() => {
      if (looks++ > 0) throw new LeaseOverError()
    })
    const failure = await service
      .issuerWith({ create })
      .issue(request, ending)
      .catch((error) => error)
    expect(failure).toMatchObject({ name: 'ProviderError', effect: 'unknown' })
    expect(inspect(failure, { depth: 9 })).not.toContain(value)
  })

  test('a rule that says nothing was there is believed, whatever the status', async () => {
    service.answer = () => ({ status: 500, json: { errors: ['failed to find the accessor'] } })
    const revoke = {
      request: 'DELETE /keys/{{ id }}',
      errors: [{ status: 500, path: '$.errors[0]', contains: 'failed to find', code: 'not_found' }],
    }
    const failure = service.issuerWith({ revoke }).revoke({ ref: { id: 'a' } }, call())
    await expect(failure).rejects.toMatchObject({ code: 'not_found', effect: 'none' })
    service.answer = () => ({ status: 500 })
    const other = service.issuerWith({ revoke }).revoke({ ref: { id: 'a' } }, call())
    await expect(other).rejects.toMatchObject({ code: 'unavailable', effect: 'unknown' })
  })

  test('a key about which the service says nothing is not known', async () => {
    service.answer = () => ({ status: 204 })
    const issuer = service.issuerWith({ whoami: { request: 'GET /me', id: '$.id' } })
    await expect(issuer.identify?.(material({ value }), call())).rejects.toMatchObject({ code: 'not_found' })
  })

  test('statuses other than 404 can mean that a key is gone', async () => {
    service.answer = () => ({ status: 422 })
    const issuer = service.issuerWith({ revoke: { request: 'DELETE /keys/{{ id }}', alreadyGone: [422] } })
    await expect(issuer.revoke({ ref: { id: 'a' } }, call())).rejects.toMatchObject({
      code: 'not_found',
      effect: 'none',
    })
  })

  test.each<[string, Reply, string]>([
    [
      'a rule about the body comes first',
      { status: 400, json: { error: { type: 'auth_error' } } },
      'rejected',
    ],
    [
      'the same status without that body says nothing',
      { status: 400, json: { error: { type: 'other' } } },
      'unknown',
    ],
    ['a 200 whose body says no', { json: { valid: false } }, 'rejected'],
    ['a 200 whose body says yes', { json: { valid: true } }, 'accepted'],
    ['a listed status', { status: 403 }, 'accepted'],
    ['an unlisted status', { status: 404 }, 'unknown'],
    ['a redirect', { status: 302, headers: { location: '/login' } }, 'unknown'],
    ['too many requests', { status: 429, headers: { 'retry-after': '4' } }, 'unknown'],
  ])('of a probe: %s', async (_, reply, verdict) => {
    service.answer = () => reply
    const rules = [
      { status: 400, path: '$.error.type', contains: 'auth', verdict: 'rejected' },
      { status: '2xx', path: '$.valid', is: false, verdict: 'rejected' },
    ]
    const issuer = service.issuerWith({
      probe: { request: 'GET /me', rules, accepted: ['2xx', 403], rejected: 401 },
    })
    const judged = await issuer.probe(material({ value }), call())
    expect([judged.verdict, judged.status]).toEqual([verdict, reply.status ?? 200])
    if (reply.status === 429) expect(judged.retryAfterMs).toBe(4000)
  })

  test('a key is identified by its own response, and by its name in the list', async () => {
    service.answer = (line) =>
      line === 'GET /me'
        ? { json: { id: 'k2', label: 'two' } }
        : {
            json: {
              data: [
                { id: 'k1', name: 'one' },
                { id: 'k2', name: 'two' },
              ],
            },
          }
    for (const whoami of [
      { request: 'GET /me', id: '$.id' },
      { request: 'GET /me', name: '$.label' },
    ]) {
      expect(await service.issuerWith({ whoami }).identify?.(material({ value }), call())).toEqual({
        id: 'k2',
        name: 'two',
      })
    }
    service.answer = () => ({ status: 401 })
    const refused = service
      .issuerWith({ whoami: { request: 'GET /me', id: '$.id' } })
      .identify?.(material({ value }), call())
    await expect(refused).rejects.toMatchObject({ code: 'not_found' })
  })
})
