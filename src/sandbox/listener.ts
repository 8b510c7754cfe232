/* Where the sandbox listens: plain http on the loopback interface, or TLS anywhere. */

import type { Server } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, isIPv6 } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import { type Front, loopbackHosts, type SandboxEnv } from './http.ts'

const MAX_CONNECTIONS = 1000

export interface Listening {
  /** The address to listen on. Default: 127.0.0.1. Any other than the loopback interface's needs TLS. */
  host?: string
  /** Default: a free one, as with 0. */
  port?: number
  /** DNS names and addresses of the certificate, besides those of the loopback interface; present with TLS only. */
  tlsNames?: readonly string[]
}

class ListenError extends Error {
  /** Known trouble, and no fault of this program. */
  readonly code = 'listen'
}

interface PlannedFront extends Front {
  host: string
  /** Whether other machines may reach it. */
  isOpen: boolean
}

/** Under which names it may be called. @throws ListenError where keys would cross a network in plain text. */
export function planFront({ host = '127.0.0.1', tlsNames }: Listening): PlannedFront {
  const isOpen = !/^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(host)
  if (isOpen && tlsNames === undefined)
    throw new ListenError(`it would send keys in plain text on ${host}, which is not the loopback interface`)
  const named = (tlsNames ?? []).map((name) => (isIPv6(name) ? `[${name}]` : name).toLowerCase())
  const hosts = new Set([...loopbackHosts, ...named, toUrlHost(host)])
  return { scheme: tlsNames ? 'https' : 'http', hosts, host, isOpen }
}

interface Listener {
  server: Server
  url: string
  ca: string | undefined
}

/** Listens. @throws ListenError if the address is taken or not this machine's, NameError for what can be no name */
export async function openListener(
  app: Hono<SandboxEnv>,
  { port: wanted = 0, tlsNames }: Listening,
  { host, scheme, isOpen }: PlannedFront,
): Promise<Listener> {
  const own = [...loopbackHosts, host].map((name) => name.replace(/^\[|\]$/g, ''))
  const names = new Set([...own.filter((name) => !isEveryAddress(name)), ...(tlsNames ?? [])])
  const identity = tlsNames && (await import('./certificate.ts')).makeIdentity([...names], Date.now())
  const secured = identity && {
    createServer,
    serverOptions: { cert: identity.cert, key: identity.key.export({ type: 'pkcs8', format: 'pem' }) },
  }
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false, ...secured }) as Server
  server.maxConnections = MAX_CONNECTIONS
  const port = await listen(server, wanted, host)
  // A name may lead nowhere from this machine itself.
  const called = isOpen ? (tlsNames?.[0] ?? host) : host
  return { server, url: `${scheme}://${toUrlHost(called)}:${port}`, ca: identity?.ca }
}

function isEveryAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

/** As it stands in a URL; an address that means all of this machine's is no place to call. */
function toUrlHost(host: string): string {
  if (isEveryAddress(host)) return '127.0.0.1'
  return isIPv6(host) ? `[${host}]` : host
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'it is in use' : (cause.code ?? 'it was refused')
      reject(new ListenError(`it cannot listen on ${host} port ${port}: ${why}`, { cause }))
    })
    server.listen({ port, host }, () => resolve((server.address() as AddressInfo).port))
  })
}

/** Cuts every connection and stops. */
export function closeListener(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
