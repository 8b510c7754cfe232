import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { parseAddress } from '../../src/cli/serve.ts'
import type { Listening } from '../../src/http-server/listen-within.ts'
import { listen, type Page } from '../../src/telemetry/listen.ts'

const page = (status: 200 | 503, body: string): Page => ({ status, type: 'text/plain', body })
let listening: Listening | undefined
afterEach(async () => {
  await listening?.close()
  listening = undefined
})

async function begin(body: () => Page | Promise<Page> = () => page(200, 'ok\n')): Promise<string> {
  listening = await listen({ host: '127.0.0.1', port: 0 }, { '/healthz': body })
  return `http://${listening.address}`
}

test('it answers GET and HEAD, and refuses everything else', async () => {
  const url = await begin()
  expect(await (await fetch(`${url}/healthz?probe=1`)).text()).toBe('ok\n')
  const head = await fetch(`${url}/healthz`, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '3', ''])
  expect((await fetch(`${url}/healthz`, { method: 'POST', body: 'x'.repeat(10_000) })).status).toBe(405)
  expect((await fetch(`${url}/`)).status).toBe(404)
  expect((await fetch(`${url}/__proto__`)).status).toBe(404)
})

test('trouble is 503 with its line, and a page that fails is 500 without what went wrong', async () => {
  let answer: () => Page = () => page(503, 'the journal cannot be reached\n')
  const url = await begin(() => answer())
  const trouble = await fetch(`${url}/healthz`)
  expect([trouble.status, await trouble.text()]).toEqual([503, 'the journal cannot be reached\n'])
  answer = () => {
    throw new Error('sk-secret')
  }
  const failed = await fetch(`${url}/healthz`)
  expect([failed.status, await failed.text()]).toEqual([500, 'this cannot be shown now'])
})

test('a request with more header than a probe has is refused', async () => {
  const url = await begin()
  const response = await fetch(`${url}/healthz`, { headers: { 'x-long': 'x'.repeat(9_000) } })
  expect(response.status).toBe(431)
})

test.each([
  ['say nothing', ''],
  ['begin a request', 'GET /hea'],
  ['fetch no answer', 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n'],
])('many connections that %s keep no probe out', async (_, said) => {
  const url = await begin(() => page(200, 'x'.repeat(300_000)))
  const { port } = new URL(url)
  const open = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const socket = connect(Number(port), '127.0.0.1').pause()
      socket.on('error', () => undefined)
      await new Promise((resolve) => socket.once('connect', resolve))
      socket.write(said)
      return socket
    }),
  )
  const response = await fetch(`${url}/healthz`, { headers: { connection: 'close' } })
  expect(response.status).toBe(200)
  expect(await response.text()).toHaveLength(300_000)
  for (const socket of open) socket.destroy()
})

test('answers that nobody fetches are held in memory up to a limit, and small ones are still given', async () => {
  let body = 'x'.repeat(40 * 1024 * 1024)
  const url = await begin(() => page(200, body))
  const slow = await fetch(`${url}/healthz`)
  expect(slow.status).toBe(200)
  expect((await fetch(`${url}/healthz`)).status).toBe(503)
  body = 'ok'
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  body = 'x'.repeat(40 * 1024 * 1024)
  expect((await slow.text()).length).toBe(body.length)
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
})

test('closing ends the connections that are open', async () => {
  const url = await begin()
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await listening?.close()
  await closed
})

test.each([
  ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
  ['[::1]:80', { host: '::1', port: 80 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['off', null],
])('--listen %s', (text, address) => {
  expect(parseAddress(text)).toEqual(address)
})

test.each(['9464', ':9464', 'host', 'host:70000', '::1:80', 'http://host:80', ''])(
  '--listen %s is refused',
  (text) => {
    expect(() => parseAddress(text)).toThrow('host:port')
  },
)
