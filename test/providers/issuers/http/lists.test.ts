/* Issuer `http`: paging and the last use. */

import { describe, expect, test } from 'vitest'
import { call, type Reply, useService } from './service.ts'

const service = useService()

describe('lists', () => {
  const pages = (kind: object, more: object = {}) =>
    service.issuerWith({
      list: { request: 'GET /keys', items: '$.data[*]', id: '$.id', name: '$.name', paginate: kind, ...more },
    })
  const item = (id: number) => ({ id, name: `n${id}` })
  const ids = async (issuer: ReturnType<typeof pages>) => (await issuer.list(call())).map((ref) => ref.id)

  test.each<[string, object, (line: string) => Reply, string[]]>([
    [
      'cursor',
      { kind: 'cursor', param: 'after', from: '$.next' },
      (line) => ({
        json: line.endsWith('after=c+1') ? { data: [item(2)], next: null } : { data: [item(1)], next: 'c 1' },
      }),
      ['/keys', '/keys?after=c+1'],
    ],
    [
      'cursor that is the last id, with has_more',
      { kind: 'cursor', param: 'after', from: '$.data[-1].id', more: '$.has_more' },
      (line) => ({
        json: line.endsWith('after=1')
          ? { data: [item(2)], has_more: false }
          : { data: [item(1)], has_more: true },
      }),
      ['/keys', '/keys?after=1'],
    ],
    [
      'offset',
      { kind: 'offset', param: 'o' },
      (line) => ({ json: { data: line.endsWith('/keys') ? [item(1), item(2)] : [] } }),
      ['/keys', '/keys?o=2'],
    ],
    [
      'page',
      { kind: 'page', param: 'p' },
      (line) => ({ json: { data: line.endsWith('p=1') ? [item(1), item(2)] : [] } }),
      ['/keys?p=1', '/keys?p=2'],
    ],
    [
      'a service that knows no pages',
      { kind: 'page', param: 'p' },
      () => ({ json: { data: [item(1), item(2)] } }),
      ['/keys?p=1', '/keys?p=2'],
    ],
    [
      'link-header',
      { kind: 'link-header' },
      (line) =>
        line.endsWith('/keys')
          ? {
              headers: { link: '</keys?x=2&y=a,b>; rel="prev", </keys?z=3>; title="t"; rel="next last"' },
              json: { data: [item(1)] },
            }
          : { json: { data: [item(2)] } },
      ['/keys', '/keys?z=3'],
    ],
    [
      'body-next-url',
      { kind: 'body-next-url', from: '$.next' },
      (line) => ({
        json: line.endsWith('/keys') ? { data: [item(1)], next: '/keys?z=3' } : { data: [item(2)], next: '' },
      }),
      ['/keys', '/keys?z=3'],
    ],
    ['none', { kind: 'none' }, () => ({ json: { data: [item(1), item(2)] } }), ['/keys']],
  ])('%s', async (_, kind, reply, lines) => {
    service.answer = reply
    expect(await ids(pages(kind))).toEqual(['1', '2'])
    expect(service.seen.map((one) => one.line.slice(4))).toEqual(lines)
  })

  test('more pages than allowed are an error, not half a list', async () => {
    let n = 0
    service.answer = () => ({ json: { data: [item(++n)], next: String(n) } })
    const failure = pages({ kind: 'cursor', param: 'c', from: '$.next', maxPages: 3 }).list(call())
    await expect(failure).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('3 pages'),
    })
    expect(service.seen).toHaveLength(3)
  })

  test('the next page is never requested from another host', async () => {
    service.answer = () => ({ json: { data: [], next: 'https://elsewhere.example/keys' } })
    const failure = pages({ kind: 'body-next-url', from: '$.next' }).list(call())
    await expect(failure).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
  })

  test('an item without an id is an error, and dead ones can be skipped', async () => {
    service.answer = () => ({ json: { data: [{ name: 'a' }] } })
    await expect(pages({ kind: 'none' }).list(call())).rejects.toMatchObject({ code: 'invalid' })
    service.answer = () => ({
      json: {
        data: [
          { ...item(1), state: 'revoked' },
          { ...item(2), state: 'off' },
        ],
      },
    })
    const more = {
      skip: { path: '$.state', is: 'revoked' },
      disabled: { path: '$.state', is: ['off', 'paused'] },
    }
    expect(await pages({ kind: 'none' }, more).list(call())).toEqual([
      { id: '2', name: 'n2', disabled: true },
    ])
  })

  test.each<[unknown, unknown]>([
    [null, 'never'],
    [undefined, 'not-reported'],
    ['', 'not-reported'],
    ['2026-11-20T10:00:00Z', Date.UTC(2026, 10, 20, 10)],
    ['2026-11-20T10:00:00', Date.UTC(2026, 10, 20, 10)],
    ['2026-11-20', Date.UTC(2026, 10, 21) - 1],
    [1_800_000_000, 1_800_000_000_000],
    ['1800000000', 1_800_000_000_000],
    [1_800_000_000_123, 1_800_000_000_123],
  ])('a last use of %j', async (used, expected) => {
    service.answer = () => ({ json: { data: [{ ...item(1), used }] } })
    const issuer = pages({ kind: 'none' }, { lastUsed: '$.used' })
    expect(await issuer.lastUsed?.({ id: '1' }, call())).toBe(expected)
  })
})
