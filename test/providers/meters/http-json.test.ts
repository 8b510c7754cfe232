import { expect, test } from 'vitest'
import { make } from '../../../providers/meters/http-json/index.ts'
import { options } from '../../../providers/meters/http-json/options.ts'
import { call, context, HOUR, request, serve, T0 } from './rig.ts'

const paths = { items: '$.data[*]', key: '$.id', is: 'id', amount: '$.count', time: '$.hour' }

test('items of hours, with their keys and sources; asked for the time that is missing', async () => {
  const data = [
    { id: 'id-old', count: 3, hour: '2026-11-27T08:00:00Z', app: 'cron', model: 'small' },
    { id: 'id-new', count: '12', hour: (T0 + HOUR) / 1000, app: 'web' },
    { id: 'id-new', count: null, hour: T0 + 2 * HOUR },
    { id: 'else', count: 1, hour: T0 },
  ]
  const server = await serve(() => ({ body: { data } }))
  process.env.KEYROTA_TEST_METER_TOKEN = 'token-1'
  const given = {
    ...{ url: `${server.url}/usage?from={{ from }}&to={{ to }}`, ...paths },
    ...{ by: { consumer: '$.app', path: '$.model' }, bearer: { env: 'KEYROTA_TEST_METER_TOKEN' } },
  }
  const reading = await make(options.parse(given), context).read(request(), call())
  await server.close()
  expect(server.asked[0]).toMatchObject({
    url: `/usage?from=${T0 / 1000}&to=${T0 / 1000 + 14_400}`,
    method: 'GET',
  })
  expect(server.asked[0]?.headers.authorization).toBe('Bearer token-1')
  expect(reading.measured).toEqual([
    {
      key: 'web',
      fingerprint: 'f-old',
      unit: 'requests',
      at: T0 + HOUR,
      from: T0,
      amount: 3,
      by: { consumer: 'cron', path: 'small' },
    },
    {
      key: 'web',
      fingerprint: 'f-new',
      unit: 'requests',
      at: T0 + 2 * HOUR,
      from: T0 + HOUR,
      amount: 12,
      by: { consumer: 'web' },
    },
  ])
  expect(reading.notes).toEqual(['1 rows are about keys that are not watched'])
})

test('without a time the number is a counter as it stands now', async () => {
  const server = await serve(() => ({ body: { used: 512, name: 'web' } }))
  const given = { url: server.url, items: '$', key: '$.name', is: 'key', amount: '$.used', unit: 'credits' }
  const { measured } = await make(options.parse(given), context).read(request(), call())
  await server.close()
  expect(measured).toEqual([
    { key: 'web', unit: 'credits', at: T0 + 4 * HOUR, amount: 512, by: {}, isTotal: true },
  ])
})

test.each([
  ['a refusal', { status: 403, body: {} }, 'denied'],
  ['too many requests', { status: 429, body: {} }, 'throttled'],
  ['no JSON', { body: '<html>' }, 'unavailable'],
  ['a number that is none', { body: { data: [{ id: 'id-new', count: '1,5', hour: T0 }] } }, 'invalid'],
  ['an item without a time', { body: { data: [{ id: 'id-new', count: 1 }] } }, 'invalid'],
] as const)('%s is an error and not an empty answer', async (_, answer, code) => {
  const server = await serve(() => answer)
  const reading = make(options.parse({ url: server.url, ...paths }), context).read(request(), call())
  await expect(reading).rejects.toMatchObject({ code, effect: 'none' })
  await server.close()
})

test('a secret is not sent in plain text, nor written into the config', () => {
  const plain = { url: 'http://metrics.example.com/', ...paths }
  expect(options.safeParse(plain).success).toBe(true)
  expect(options.safeParse({ ...plain, bearer: { env: 'TOKEN' } }).success).toBe(false)
  expect(options.safeParse({ ...plain, headers: { 'x-api-key': 'abc' } }).success).toBe(false)
})
