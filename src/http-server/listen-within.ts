/** A server that people's proxies and probes talk to: it bounds what one that is slow, or one of too many, can hold. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

const MOST_HEADER_BYTES = 8_192
const HEADERS_LIMIT_MS = 5_000
const REQUEST_LIMIT_MS = 10_000
/** Of a connection over which nothing moves in the middle of a request or an answer. */
const SILENCE_LIMIT_MS = 10_000
const CHECKED_EVERY_MS = 1_000

export interface Address {
  readonly host: string
  readonly port: number
}

export interface Listening {
  /** Host and port as they are now. */
  readonly address: string
  close(): Promise<void>
}

export interface ServerLimits {
  /** With more connections the oldest one ends: whoever holds them open loses them, and keeps nobody out. */
  readonly connections: number
  /** Of a connection between two requests. */
  readonly idleMs: number
}

/** @throws what the system says when it cannot listen there */
export async function listenWithin(
  { host, port }: Address,
  { connections, idleMs }: ServerLimits,
  answer: RequestListener,
): Promise<Listening> {
  const server = createServer(
    {
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: HEADERS_LIMIT_MS,
      requestTimeout: REQUEST_LIMIT_MS,
      keepAliveTimeout: idleMs,
      connectionsCheckingInterval: CHECKED_EVERY_MS,
    },
    answer,
  )
  server.timeout = SILENCE_LIMIT_MS
  endOldest(server, connections)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return { address: addressOf(server), close: () => close(server) }
}

function endOldest(server: Server, most: number): void {
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    const [oldest] = open
    if (open.size > most) oldest?.destroy()
  })
}

function addressOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
