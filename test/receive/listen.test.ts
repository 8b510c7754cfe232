/* The address for reports: what it takes, and that nobody learns from its answers which keys there are. */

import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { Listening } from '../../src/http-server/listen-within.ts'
import { Allowance } from '../../src/receive/allowance.ts'
import { listenForReports } from '../../src/receive/listen.ts'
import { makeReportRig, type ReportRig } from '../service/reports/rig.ts'

let listening: Listening | undefined
afterEach(async () => {
  await listening?.close()
  listening = undefined
})

async function begin(one: Pick<ReportRig, 'reception'>): Promise<string> {
  listening = await listenForReports({ host: '127.0.0.1', port: 0 }, one.reception)
  return `http://${listening.address}`
}

const post = (url: string, body: string, headers = {}) => fetch(url, { method: 'POST', body, headers })

test('a report is answered 202 and put on record; everything else is refused', async () => {
  const one = await makeReportRig()
  const url = await begin(one)
  const answered = await post(`${url}/leaks/scanner`, JSON.stringify({ texts: [one.value()] }))
  expect([answered.status, await answered.json()]).toEqual([202, { status: 'received' }])
  expect(await one.documents('report')).toHaveLength(1)
  expect((await post(`${url}/leaks/scanner`, '{"forged":true}')).status).toBe(401)
  expect((await post(`${url}/leaks/other`, '{}')).status).toBe(404)
  expect((await post(`${url}/metrics`, '{}')).status).toBe(404)
  expect((await post(`${url}/leaks/__proto__`, '{}')).status).toBe(404)
  expect((await fetch(`${url}/leaks/scanner`)).status).toBe(405)
  expect((await post(`${url}/leaks/scanner`, 'x', { 'content-encoding': 'gzip' })).status).toBe(415)
  expect(await one.documents('report')).toHaveLength(1)
})

test('a body of more than 1 MiB is not read on, with its length named or without', async () => {
  const one = await makeReportRig()
  const url = await begin(one)
  const large = 'x'.repeat(1024 * 1024 + 1)
  expect((await post(`${url}/leaks/scanner`, large)).status).toBe(413)
  const stream = new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode('x'.repeat(65_536)))
    },
  })
  const sending = fetch(`${url}/leaks/scanner`, {
    method: 'POST',
    body: stream,
    duplex: 'half',
  } as RequestInit)
  // The connection ends while the sender still sends, so that the answer may be lost.
  const status = await sending.then((answer) => answer.status).catch(() => 413)
  expect(status).toBe(413)
  expect(await one.documents('report')).toEqual([])
})

test('many connections that say nothing keep no report out', async () => {
  const one = await makeReportRig()
  const url = await begin(one)
  const { port } = new URL(url)
  const open = await Promise.all(
    Array.from({ length: 300 }, async () => {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => undefined)
      await new Promise((resolve) => socket.once('connect', resolve))
      return socket
    }),
  )
  expect((await post(`${url}/leaks/scanner`, '{"texts":["one"]}')).status).toBe(202)
  for (const socket of open) socket.destroy()
})

test('bodies that are sent slowly keep no report out', async () => {
  const one = await makeReportRig()
  const url = await begin(one)
  const { port } = new URL(url)
  const slow = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => undefined)
      await new Promise((resolve) => socket.once('connect', resolve))
      await new Promise((resolve) =>
        socket.write('POST /leaks/scanner HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{', resolve),
      )
      return socket
    }),
  )
  expect((await post(`${url}/leaks/scanner`, '{"texts":["one"]}')).status).toBe(202)
  for (const socket of slow) socket.destroy()
})

test('a journal that is down is told, so that the sender tries again', async () => {
  const one = await makeReportRig()
  const url = await begin(one)
  one.context.journal = new Proxy(one.context.journal, {
    get: (target, name) => (name === 'documents' ? downDocuments : Reflect.get(target, name, target)),
  })
  const answered = await post(`${url}/leaks/scanner`, '{"texts":["one"]}').catch(() => null)
  expect(answered?.status).toBe(503)
  expect(answered?.headers.get('retry-after')).toBe('30')
})

const downDocuments = new Proxy(
  {},
  {
    get: () => async () => {
      const { JournalError } = await import('../../src/contracts/errors.ts')
      throw new JournalError('unavailable', 'the journal cannot be reached', 'Wait.')
    },
  },
)

describe('no oracle', () => {
  /** Every call of the journal and of a provider before the answer, and the answer. */
  async function workOf(pick: (one: ReportRig) => string) {
    const calls: string[] = []
    const one = await makeReportRig()
    const { journal } = one.context
    const count = <T extends object>(thing: T, prefix: string): T =>
      new Proxy(thing, {
        get(target, name) {
          const found: unknown = Reflect.get(target, name, target)
          if (name === 'documents') return count(found as object, 'documents.')
          if (typeof found !== 'function') return found
          return (...about: unknown[]) => {
            calls.push(`${prefix}${String(name)}`)
            return found.apply(target, about)
          }
        },
      })
    one.context.journal = count(journal, '')
    const url = await begin(one)
    calls.length = 0
    const answered = await post(`${url}/leaks/scanner`, JSON.stringify({ texts: [pick(one)] }))
    await listening?.close()
    const headers = Object.fromEntries([...answered.headers].filter(([name]) => name !== 'date'))
    return { status: answered.status, body: await answered.text(), headers, calls: [...calls] }
  }

  test('the key in use, somebody else’s value and garbage cost the same calls and get the same answer', async () => {
    const ours = await workOf((one) => one.value())
    const foreign = await workOf((one) => one.value().replace(/.$/, '!'))
    expect(foreign).toEqual(ours)
    expect(ours.calls).toEqual(['documents.list', 'documents.read', 'documents.write'])
  })
})

test('an allowance refills with time and never beyond its burst', () => {
  const allowance = new Allowance({ burst: 2, perSecond: 1 }, 0)
  expect([0, 0, 0, 999, 1_000, 1_000].map((at) => allowance.take(at))).toEqual([
    true,
    true,
    false,
    false,
    true,
    false,
  ])
  expect([100_000, 100_000, 100_000].map((at) => allowance.take(at))).toEqual([true, true, false])
})
