/* Consumer `http`: the law, and what is special about health URLs. */

import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { make } from '../../../providers/consumers/http/index.ts'
import { options } from '../../../providers/consumers/http/options.ts'
import { type ConsumerFixture, consumerLaw } from '../../laws/consumer.ts'

const context = { name: 'web', stateFolder: '/nowhere' }
const about = { mark: 'k7f3-r1-1', after: 0 }
const call = { signal: AbortSignal.timeout(60_000), beforeSend: () => {} }

interface Asked {
  method: string | undefined
  url: string | undefined
  headers: IncomingHttpHeaders
}

interface Service {
  url: string
  asked: Asked[]
  answer: (response: ServerResponse, url: string | undefined) => void
}

const servers: Server[] = []
afterEach(() => {
  delete process.env.HEALTH_TOKEN
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function startService(): Promise<Service> {
  const service: Service = { url: '', asked: [], answer: (response) => response.end('{}') }
  const server = createServer((request, response) => {
    service.asked.push({ method: request.method, url: request.url, headers: request.headers })
    service.answer(response, request.url)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`
  return service
}

async function makeFixture(): Promise<ConsumerFixture> {
  const service = await startService()
  const restart = { url: service.url.replace('/health', '/restart') }
  const consumer = make(options.parse({ url: service.url, fingerprint: { json: '/key' }, restart }), context)
  async function switchAnswer(answer: Service['answer']): Promise<() => Promise<void>> {
    const before = service.answer
    service.answer = answer
    return async () => {
      service.answer = before
    }
  }
  const statuses = { ready: 200, progressing: 503, failed: 401 }
  return {
    consumer,
    async become({ is, reports }) {
      service.answer = (response, url) => {
        response.statusCode = url === '/restart' ? 202 : statuses[is]
        response.end(JSON.stringify(reports === undefined ? {} : { key: reports }))
      }
    },
    hang: () => switchAnswer(() => {}),
    lose: () => switchAnswer((response) => response.destroy()),
    restarts: async () =>
      service.asked
        .filter((asked) => asked.url === '/restart')
        .map((asked) => String(asked.headers['idempotency-key'])),
    requestCount: async () => service.asked.length,
  }
}

describe('the law of consumers', () => {
  for (const rule of consumerLaw) test(rule.name, async () => rule.run(await makeFixture()))
})

describe('the status decides', () => {
  test.each([
    [200, 'ready'],
    [204, 'progressing'],
    [302, 'progressing'],
    [401, 'failed'],
    [403, 'failed'],
    [404, 'progressing'],
    [500, 'progressing'],
  ])('%i means %s by default', async (status, is) => {
    const service = await startService()
    service.answer = (response) => response.writeHead(status, { location: '/elsewhere' }).end()
    expect(await make(options.parse({ url: service.url }), context).ready(about, call)).toMatchObject({ is })
    expect(service.asked).toHaveLength(1)
  })

  test('both lists can be set', async () => {
    const service = await startService()
    service.answer = (response) => response.writeHead(500).end()
    const settings = { url: service.url, expect: [200, 418], failOn: [500] }
    expect(await make(options.parse(settings), context).ready(about, call)).toMatchObject({ is: 'failed' })
    service.answer = (response) => response.writeHead(418).end()
    expect(await make(options.parse(settings), context).ready(about, call)).toMatchObject({ is: 'ready' })
  })
})

test('a consumer with nothing listening is progressing', async () => {
  const gap = createTcpServer()
  await new Promise<void>((resolve) => gap.listen(0, '127.0.0.1', resolve))
  const { port } = gap.address() as AddressInfo
  await new Promise((resolve) => gap.close(resolve))
  const consumer = make(options.parse({ url: `http://127.0.0.1:${port}/` }), context)
  expect(await consumer.ready(about, call)).toEqual({
    is: 'progressing',
    why: 'nothing listens at the health URL',
  })
})

test('a consumer that times out is unknown', async () => {
  const service = await startService()
  service.answer = () => {}
  const consumer = make(options.parse({ url: service.url, limit: '50ms' }), context)
  await expect(consumer.ready(about, call)).rejects.toMatchObject({ code: 'unavailable', effect: 'none' })
})

test('fingerprint and start come from a header too', async () => {
  const service = await startService()
  service.answer = (response) =>
    response
      .writeHead(200, { 'X-Key': 'id:9f86d081884c7d65,secret:0000000000000000', 'X-Start': '1700000000.25' })
      .end('not json')
  const settings = { url: service.url, fingerprint: { header: 'X-Key' }, startedAt: { header: 'x-start' } }
  expect(await make(options.parse(settings), context).ready(about, call)).toEqual({
    is: 'ready',
    fingerprint: 'id:9f86d081884c7d65,secret:0000000000000000',
    oldestStart: 1_700_000_000_250,
  })
})

test('a start time in an unreadable form proves nothing', async () => {
  const service = await startService()
  service.answer = (response) =>
    response.end('{"started": "yesterday", "a/b": [{"~": "2026-11-22T10:00:00+01:00"}]}')
  const settings = { url: service.url, startedAt: { json: '/started' } }
  expect(await make(options.parse(settings), context).ready(about, call)).toEqual({
    is: 'ready',
    why: 'it reports no start time in JSON field /started',
  })
  const deeper = { url: service.url, startedAt: { json: '/a~1b/0/~0' } }
  expect(await make(options.parse(deeper), context).ready(about, call)).toEqual({
    is: 'ready',
    oldestStart: Date.UTC(2026, 10, 22, 9),
  })
})

test('a fast clock of the consumer does not make its start later', async () => {
  const service = await startService()
  const startedAt = Date.now() - 60_000
  const aheadMs = 600_000
  service.answer = (response) => {
    response.setHeader('date', new Date(Date.now() + aheadMs).toUTCString())
    response.end(JSON.stringify({ startedAt: startedAt + aheadMs }))
  }
  const consumer = make(options.parse({ url: service.url, startedAt: { json: '/startedAt' } }), context)
  const { oldestStart = 0 } = await consumer.ready(about, call)
  expect(oldestStart).toBeLessThanOrEqual(startedAt)
  expect(oldestStart).toBeGreaterThan(startedAt - 3000)
})

test('a response that is not JSON where JSON is expected is unknown', async () => {
  const service = await startService()
  service.answer = (response) => response.end('<html>')
  const consumer = make(options.parse({ url: service.url, fingerprint: { json: '/key' } }), context)
  await expect(consumer.ready(about, call)).rejects.toMatchObject({ code: 'unavailable' })
})

test('secret headers are read for each request, and method and plain headers are sent', async () => {
  const service = await startService()
  const settings = {
    url: `${service.url}?deep=1`,
    method: 'POST',
    headers: { authorization: { env: 'HEALTH_TOKEN' }, accept: 'text/plain' },
  }
  const consumer = make(options.parse(settings), context)
  await expect(consumer.ready(about, call)).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
  process.env.HEALTH_TOKEN = 'Bearer first'
  await consumer.ready(about, call)
  process.env.HEALTH_TOKEN = 'Bearer second'
  await consumer.ready(about, call)
  expect(
    service.asked.map(({ method, url, headers }) => [method, url, headers.accept, headers.authorization]),
  ).toEqual([
    ['POST', '/health?deep=1', 'text/plain', 'Bearer first'],
    ['POST', '/health?deep=1', 'text/plain', 'Bearer second'],
  ])
})

test('a refused restart had no effect, one that returned 500 may have had', async () => {
  const service = await startService()
  const consumer = make(options.parse({ url: service.url, restart: { url: service.url } }), context)
  service.answer = (response) => response.writeHead(403).end()
  await expect(consumer.restart?.('m', call)).rejects.toMatchObject({ code: 'denied', effect: 'none' })
  service.answer = (response) => response.writeHead(500).end()
  await expect(consumer.restart?.('m', call)).rejects.toMatchObject({
    code: 'unavailable',
    effect: 'unknown',
  })
})

test('without a restart the consumer reloads the key itself', () => {
  expect(make(options.parse({ url: 'https://a.internal/' }), context)).not.toHaveProperty('restart')
})

test.each([
  ['a secret header in the clear', { url: 'http://a.internal/', headers: { x: { env: 'A' } } }, 'url'],
  [
    'a secret restart in the clear',
    { restart: { url: 'http://a.internal/', headers: { x: { env: 'A' } } } },
    'restart',
  ],
  ['user information', { url: 'https://me:word@a.internal/' }, 'url'],
  ['another scheme', { url: 'file:///etc/passwd' }, 'url'],
  ['a status that is right and wrong', { expect: [200, 401] }, 'failOn'],
  ['a body of HEAD', { method: 'HEAD', fingerprint: { json: '/a' } }, 'method'],
  ['a path that is not a JSON Pointer', { fingerprint: { json: 'key.fingerprint' } }, 'fingerprint'],
  ['a header with a space', { headers: { 'a b': 'c' } }, 'headers'],
  ['a duration without unit', { limit: '10' }, 'limit'],
  ['a misspelt name', { fingerPrint: { header: 'x' } }, undefined],
])('%s is refused at load', (_, settings, field) => {
  const { error } = options.safeParse({ url: 'https://a.internal/health', ...settings })
  expect(error?.issues[0]?.path[0]).toBe(field)
  expect(error).toBeDefined()
})
