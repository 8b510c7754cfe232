import { describe, expect, test } from 'vitest'
import { call, type Reply, useService } from './service.ts'

const service = useService()
const plain = { request: 'GET /keys', items: '$.data[*]', id: '$.id', name: '$.name' }
const listWith = (more: object) => service.issuerWith({ list: { ...plain, ...more } }).list(call())
const item = (id: number) => ({ id, name: `n${id}` })

describe('pages that do not end', () => {
  const cursor = { kind: 'cursor', param: 'after', from: '$.next' }
  const url = { kind: 'body-next-url', from: '$.next' }

  test.each<[string, object, (count: number) => Reply]>([
    ['a cursor that comes back', cursor, (count) => ({ json: { data: [item(count)], next: count % 2 } })],
    ['a cursor that never changes', cursor, () => ({ json: { data: [], next: 'x' } })],
    ['an address that comes back', url, (count) => ({ json: { data: [item(count)], next: '/keys?p=2' } })],
    ['ever new cursors to the same keys', cursor, (count) => ({ json: { data: [item(1)], next: count } })],
    [
      'a link to the same page',
      { kind: 'link-header' },
      () => ({ headers: { link: '</keys>; rel="next"' }, json: { data: [item(1)] } }),
    ],
  ])('%s is named as that', async (_, paginate, reply) => {
    let count = 0
    service.answer = () => reply(++count)
    await expect(listWith({ paginate })).rejects.toMatchObject({
      code: 'invalid',
      effect: 'none',
      message: expect.stringContaining('the list never ends'),
      nextStep: expect.stringContaining('list.paginate'),
    })
    expect(service.seen.length).toBeLessThan(5)
  })

  test.each<[string, object]>([
    ['says more, but has no cursor', { data: [item(1)], has_more: true }],
    ['does not say whether there is more', { data: [item(1)], next: 'x' }],
    ['has a cursor that is an object', { data: [item(1)], has_more: true, next: {} }],
  ])('a page that %s is an error, not half a list', async (_, json) => {
    service.answer = () => ({ json })
    const failure = listWith({ paginate: { ...cursor, more: '$.has_more' } })
    await expect(failure).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
  })
})

describe('shapes of a list', () => {
  test('plain texts are their own ids, and keys without names have none', async () => {
    service.answer = () => ({ json: { data: { keys: ['acc-1', 'acc-2'] } } })
    const issuer = service.issuerWith({
      list: { request: 'GET /keys', items: '$.data.keys[*]', id: '$' },
      create: { request: 'POST /keys', id: '$.id', parts: { value: '$.key' } },
    })
    expect(await issuer.list(call())).toEqual([{ id: 'acc-1' }, { id: 'acc-2' }])
    expect(issuer.traits.onLostAnswer).toBe('stop')
  })

  test('an empty list may have a status of its own, and no other error is an empty list', async () => {
    service.answer = () => ({ status: 404, json: { errors: [] } })
    expect(await listWith({ empty: { status: 404 } })).toEqual([])
    await expect(listWith({})).rejects.toMatchObject({ code: 'not_found' })
    service.answer = () => ({ status: 403 })
    await expect(listWith({ empty: { status: 404 } })).rejects.toMatchObject({ code: 'denied' })
  })

  test('one id for two keys is a wrong path, not one key', async () => {
    service.answer = () => ({
      json: {
        data: [
          { ...item(1), org: 7 },
          { ...item(2), org: 7 },
        ],
      },
    })
    await expect(listWith({ id: '$.org' })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('two items of the list have the same id'),
    })
  })

  test('values that the list masks are not taken for keys', async () => {
    service.answer = () => ({ json: { data: [{ key: '****' }, { key: '****' }] } })
    const masked = {
      list: { request: 'GET /keys', items: '$.data[*]', parts: { value: '$.key' } },
      create: { request: 'POST /keys', parts: { value: '$.key' } },
      revoke: { request: 'POST /revoke', json: { key: '{{ value }}' } },
    }
    await expect(service.issuerWith(masked).list(call())).rejects.toMatchObject({ code: 'invalid' })
  })

  test('without a list a key is revoked by its value, and list and find send nothing', async () => {
    const issuer = service.issuerWith({
      list: undefined,
      create: { request: 'POST /keys', parts: { value: '$.key' } },
      revoke: { request: 'POST /revoke', json: { key: '{{ value }}' } },
    })
    expect(issuer.traits).toMatchObject({ lists: false, revokesByValue: true, onLostAnswer: 'stop' })
    for (const verb of [issuer.list(call()), issuer.find({ name: 'n', mark: 'm', seen: [] }, call())])
      await expect(verb).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
    expect(service.seen).toEqual([])
  })
})
