/* A scripted server for the tests of issuer `http`. */

import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { make } from '../../../../providers/issuers/http/index.ts'
import { options } from '../../../../providers/issuers/http/options.ts'
import type { Call } from '../../../../src/contracts/call.ts'
import type { ApiIssuer } from '../../../../src/contracts/key-issuer.ts'

export const admin = 'admin-token-0000000000001'
export const value = 'sk-the-value-of-a-key-01'
export const request = {
  name: 'keyrota-app-k7f3-20261122-k7f3qa-1',
  mark: 'k7f3-20261122-k7f3qa-1',
  seen: [],
}

export function call(beforeSend: () => void = () => {}): Call {
  return { signal: AbortSignal.timeout(5000), beforeSend }
}

interface Seen {
  line: string
  headers: http.IncomingHttpHeaders
  body: string
}

export interface Reply {
  status?: number
  headers?: Record<string, string>
  json?: unknown
  /** Sent as it is, instead of `json`. */
  text?: string
}

/** A server for one test file: its requests since the last test, and its responses. */
export interface Service {
  seen: Seen[]
  url: string
  answer: (line: string, body: string) => Reply
  /** Creates an issuer for this server that differs from a minimal one in these fields. */
  issuerWith(change?: Record<string, unknown>): ApiIssuer
}

/** Starts the server before the tests of a file and stops it after them. */
export function useService(): Service {
  const service: Service = { seen: [], url: '', answer: () => ({}), issuerWith }
  const server = http.createServer(async (incoming, response) => {
    let body = ''
    for await (const chunk of incoming) body += chunk
    const line = `${incoming.method} ${incoming.url}`
    service.seen.push({ line, headers: incoming.headers, body })
    const { status = 200, headers = {}, json = {}, text } = service.answer(line, body)
    response.writeHead(status, headers).end(status === 204 ? undefined : (text ?? JSON.stringify(json)))
  })
  beforeAll(async () => {
    process.env.KEYROTA_TEST_ADMIN = admin
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(() => {
    service.seen = []
  })
  afterAll(() => {
    delete process.env.KEYROTA_TEST_ADMIN
    server.closeAllConnections()
    server.close()
  })
  function issuerWith(change: Record<string, unknown> = {}): ApiIssuer {
    const plain = {
      base: service.url,
      auth: { management: { bearer: { env: 'KEYROTA_TEST_ADMIN' } } },
      create: { request: 'POST /keys', json: { name: '{{ name }}' }, id: '$.id', parts: { value: '$.key' } },
      list: { request: 'GET /keys', items: '$.data[*]', id: '$.id', name: '$.name' },
      revoke: { request: 'DELETE /keys/{{ id }}' },
      probe: { request: 'GET /me', accepted: 200, rejected: 401 },
    }
    return make(options.parse({ ...plain, ...change }), { name: 'api', stateFolder: '/nowhere' }) as ApiIssuer
  }
  return service
}
