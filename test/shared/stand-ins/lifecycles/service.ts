import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/* What the stand-ins for the lifecycles share: a small service with an admin, and keys that open `GET /me`. */

export const adminToken = 'the-admin-of-the-stand-in-0001'
export const ADMIN_NAME = 'KEYROTA_TEST_STAND_IN_ADMIN'

/** Authentication of every description: the admin by a variable, the key as a bearer token. */
export const probing = { request: 'GET /me', accepted: 200, rejected: 401 }

export interface Asked {
  readonly line: string
  readonly body: Readonly<Record<string, unknown>>
}

export interface Reply {
  readonly status: number
  readonly json?: unknown
}

export function makeValue(): string {
  return `sk-${randomBytes(20).toString('hex')}`
}

/**
 * Starts a service on a free loopback port.
 * @param opens whether the service accepts this value as a key now
 * @param manage handles a request of the admin
 */
export async function startService(
  opens: (value: string) => boolean,
  manage: (asked: Asked) => Reply,
): Promise<{ origin: string; close(): Promise<void> }> {
  process.env[ADMIN_NAME] = adminToken
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const token = request.headers.authorization?.replace('Bearer ', '') ?? ''
    const line = `${request.method} ${request.url}`
    const body = text === '' ? {} : JSON.parse(text)
    const reply =
      line === 'GET /me'
        ? { status: opens(token) ? 200 : 401, json: {} }
        : token === adminToken
          ? manage({ line, body })
          : { status: 403 }
    response.writeHead(reply.status)
    response.end('json' in reply ? JSON.stringify(reply.json) : undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      delete process.env[ADMIN_NAME]
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** One call of a consumer with this key. */
export async function callWith(origin: string, value: string): Promise<number> {
  const response = await fetch(`${origin}/me`, { headers: { authorization: `Bearer ${value}` } })
  await response.arrayBuffer()
  return response.status
}
