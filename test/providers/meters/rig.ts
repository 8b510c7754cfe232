import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MeterRequest } from '../../../src/contracts/meter.ts'
import { SLOT_MS } from '../../../src/contracts/usage.ts'
import { machine } from '../../../src/machine.ts'

export const T0 = Date.UTC(2026, 10, 27, 8)
export const HOUR = 3_600_000

export const context = { name: 'meter', stateFolder: '', ...machine }
export const call = () => ({ signal: new AbortController().signal, beforeSend: () => undefined })

/** Two managed keys; the first one was rotated. */
export function request(hours = 4): MeterRequest {
  const subjects = [
    {
      key: 'web',
      keys: [
        { fingerprint: 'f-new', id: 'id-new', name: 'n-new' },
        { fingerprint: 'f-old', id: 'id-old' },
      ],
    },
    { key: 'batch', keys: [{ fingerprint: 'f-batch', id: 'id-batch' }] },
  ]
  return { subjects, from: T0, to: T0 + hours * HOUR, slotMs: SLOT_MS }
}

export interface Asked {
  method: string
  url: string
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** A server on the loopback that answers as it is told, and what it was asked. */
export async function serve(answer: (asked: Asked) => { status?: number; body: unknown }) {
  const asked: Asked[] = []
  const server = createServer((incoming, outgoing) => {
    let body = ''
    incoming.on('data', (part) => {
      body += part
    })
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming
      const one = { method, url, headers, body }
      asked.push(one)
      const { status = 200, body: text } = answer(one)
      outgoing.writeHead(status, { 'content-type': 'application/json' })
      outgoing.end(typeof text === 'string' ? text : JSON.stringify(text))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () => new Promise((resolve) => server.close(resolve))
  return { url: `http://127.0.0.1:${port}`, asked, close }
}
