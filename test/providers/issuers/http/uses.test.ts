/* Issuer `http`: the use of keys. */

import { expect, test } from 'vitest'
import { call, useService } from './service.ts'

const service = useService()
const T0 = Date.UTC(2026, 10, 27, 8)
const HOUR = 3_600_000
const list = { request: 'GET /keys', items: '$.data[*]', id: '$.id', name: '$.name' }

test('numbers of the service, by id, with where they came from; asked for the period', async () => {
  const issuer = service.issuerWith({
    list,
    usage: {
      request: 'GET /usage',
      query: { since: '{{ from | unix }}', until: '{{ to | iso }}' },
      ...{ items: '$.rows[*]', id: '$.key', amount: '$.n', time: '$.hour', by: { path: '$.model' } },
    },
  })
  const lines: string[] = []
  service.answer = (line) => {
    lines.push(line)
    const rows = [
      { key: 'k1', n: 7, hour: '2026-11-27T08:00:00Z', model: 'small' },
      { key: 'k2', n: '3', hour: T0 / 1000 },
      { key: 'k3', n: null, hour: T0 },
    ]
    return { json: { rows } }
  }
  const uses = await issuer.uses?.({ from: T0, to: T0 + 2 * HOUR }, call())
  expect(lines).toEqual([expect.stringContaining(`/usage?since=${T0 / 1000}&until=2026-11-27T10%3A00%3A00Z`)])
  expect(uses).toEqual([
    { id: 'k1', unit: 'requests', amount: 7, from: T0, at: T0 + HOUR, by: { path: 'small' } },
    { id: 'k2', unit: 'requests', amount: 3, from: T0, at: T0 + HOUR, by: {} },
  ])
})

test('the last use in the list; a date alone is any time of its day', async () => {
  const issuer = service.issuerWith({ list: { ...list, lastUsed: '$.used' } })
  service.answer = () => ({
    json: {
      data: [
        { id: 'a', used: '2026-11-27T08:00:00Z' },
        { id: 'b', used: null },
        { id: 'c', used: '2026-11-26' },
      ],
    },
  })
  const day = Date.UTC(2026, 10, 26)
  expect(await issuer.uses?.({ from: T0, to: T0 + HOUR }, call())).toEqual([
    { id: 'a', unit: 'requests', at: T0, amount: 0, isLastUse: true },
    { id: 'c', unit: 'requests', at: day + 24 * HOUR - 1, from: day, amount: 0, isLastUse: true },
  ])
})

test('what is no number is an error, and nothing is taken for none', async () => {
  const usage = { request: 'GET /usage', items: '$[*]', id: '$.id', amount: '$.n' }
  const issuer = service.issuerWith({ list, usage })
  for (const n of [-1, '1,5', 'many']) {
    service.answer = () => ({ json: [{ id: 'a', n }] })
    await expect(issuer.uses?.({ from: T0, to: T0 + HOUR }, call())).rejects.toMatchObject({
      code: 'invalid',
    })
  }
})

test('without `usage` and `list.lastUsed` the issuer tells nothing', () => {
  expect(service.issuerWith({ list }).uses).toBeUndefined()
})
