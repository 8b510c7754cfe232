import { describe, expect, test } from 'vitest'
import { make } from '../../../providers/meters/promql/index.ts'
import { options } from '../../../providers/meters/promql/options.ts'
import { SLOT_MS } from '../../../src/contracts/usage.ts'
import { call, context, HOUR, request, serve, T0 } from './rig.ts'

type Series = [labels: Record<string, string>, values: [slot: number, value: string][]]

const matrix = (...series: Series[]) => ({
  status: 'success',
  data: {
    resultType: 'matrix',
    result: series.map(([metric, values]) => ({
      metric,
      values: values.map(([slot, value]) => [(T0 + slot * SLOT_MS) / 1000, value]),
    })),
  },
})

async function read(given: Record<string, unknown>, answer: (query: string) => unknown, hours = 2) {
  const server = await serve(({ body }) => ({ body: answer(new URLSearchParams(body).get('query') ?? '') }))
  const parsed = options.parse({ url: server.url, lag: '0s', ...given })
  const reading = await make(parsed, context).read(request(hours), call())
  await server.close()
  return {
    ...reading,
    asked: server.asked.map(({ url, body }) => [url, Object.fromEntries(new URLSearchParams(body))] as const),
  }
}

const byId = { query: 'sum by (id, app) (increase(requests_total[30m]))', key: { label: 'id', is: 'id' } }

test('one range query for all keys; series are told apart by their label, and by their source', async () => {
  const { measured, asked, completeTo } = await read({ ...byId, by: { consumer: 'app' } }, () =>
    matrix(
      [
        { id: 'id-new', app: 'web' },
        [
          [1, '10'],
          [2, '0'],
          [3, 'NaN'],
          [4, '3.4'],
        ],
      ],
      [{ id: 'id-old', app: 'cron' }, [[2, '1']]],
      [{ id: 'stranger' }, [[2, '9']]],
    ),
  )
  const step = { start: String(T0 / 1000 + 1_800), end: String(T0 / 1000 + 7_200), step: '1800' }
  expect(asked).toEqual([['/api/v1/query_range', { query: byId.query, ...step }]])
  expect(
    measured.map(({ fingerprint, at, amount, by }) => [
      fingerprint,
      (at - T0) / SLOT_MS,
      amount,
      by?.consumer,
    ]),
  ).toEqual([
    ['f-new', 1, 10, 'web'],
    ['f-new', 2, 0, 'web'],
    ['f-new', 4, 3.4, 'web'],
    ['f-old', 2, 1, 'cron'],
  ])
  expect(completeTo).toBe(T0 + 2 * HOUR)
})

test('a query for each key has its words quoted as PromQL wants them, and leaves out keys without one', async () => {
  const query = 'sum(increase(requests_total{key="{{ key }}",name="{{ name }}"}[30m]))'
  const { asked } = await read({ query }, () => matrix())
  expect(asked.map(([, { query: sent }]) => sent)).toEqual([
    'sum(increase(requests_total{key="web",name="n-new"}[30m]))',
  ])
})

describe('the control', () => {
  const control = 'min(up{job="gateway"})'
  const answers = (query: string) =>
    query === control
      ? matrix([
          {},
          [
            [1, '1'],
            [2, '1'],
            [3, '0'],
          ],
        ])
      : matrix([
          { id: 'id-new' },
          [
            [1, '5'],
            [3, '0'],
            [4, '0'],
          ],
        ])

  test('while it holds a key without a series was not used; while it does not, none means nothing', async () => {
    const { measured } = await read({ ...byId, control }, answers)
    expect(measured.map(({ key, at, amount }) => [key, (at - T0) / SLOT_MS, amount])).toEqual([
      ['web', 1, 5],
      ['web', 2, 0],
      ['batch', 1, 0],
      ['batch', 2, 0],
    ])
  })

  test('without one a key without a series is not known', async () => {
    const { measured } = await read(byId, answers)
    expect(measured.map(({ key }) => key)).toEqual(['web', 'web', 'web'])
  })
})

test('what is younger than the lag is asked for next time; two weeks are asked for day by day', async () => {
  const { completeTo, asked } = await read({ ...byId, lag: '5m' }, () => matrix(), 14 * 24)
  expect(completeTo).toBe(T0 + 14 * 24 * HOUR - SLOT_MS)
  expect(asked).toHaveLength(14)
})

test.each([
  ['an error of Prometheus', { status: 'error', errorType: 'bad_data', error: 'parse error' }],
  ['another kind of answer', { status: 'success', data: { resultType: 'vector', result: [] } }],
])('%s is an error and not an empty answer', async (_, answer) => {
  await expect(read(byId, () => answer)).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
})

test('a query that does not say which key it is about is refused with the config', () => {
  const given = { url: 'http://prometheus:9090', query: 'sum(rate(x[5m]))' }
  expect(options.safeParse(given).success).toBe(false)
  expect(options.safeParse({ ...given, query: 'sum(rate(x{key="{{ key }}"}[30m]))' }).success).toBe(true)
})
