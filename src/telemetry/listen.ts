/** The address at which `serve` says how it is: `/healthz`, `/readyz`, `/metrics`. It reads, and nothing else. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** A scraper and a few probes; nobody else needs one. With more of them the oldest one ends. */
const MOST_CONNECTIONS = 64
/** Answers that nobody has fetched yet, together; a small one is always given. */
const MOST_UNSENT_BYTES = 64 * 1024 * 1024
const SMALL_BYTES = 4_096
const MOST_HEADER_BYTES = 8_192
const HEADERS_LIMIT_MS = 5_000
const REQUEST_LIMIT_MS = 10_000
const IDLE_LIMIT_MS = 65_000
/** Of a connection over which nothing moves in the middle of an answer. */
const SILENCE_LIMIT_MS = 10_000
const CHECKED_EVERY_MS = 1_000

export interface Page {
  status: 200 | 503
  type: string
  body: string
}

/** What is shown under each path. */
export type Pages = Readonly<Record<string, () => Page | Promise<Page>>>

export interface Listening {
  /** Host and port as they are now. */
  readonly address: string
  close(): Promise<void>
}

/** @throws what the system says when it cannot listen there */
export async function listen(where: { host: string; port: number }, pages: Pages): Promise<Listening> {
  const server = createServer(
    {
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: HEADERS_LIMIT_MS,
      requestTimeout: REQUEST_LIMIT_MS,
      keepAliveTimeout: IDLE_LIMIT_MS,
      connectionsCheckingInterval: CHECKED_EVERY_MS,
    },
    (request, response) => void answer(pages, request, response, unsent),
  )
  const unsent = { bytes: 0 }
  server.timeout = SILENCE_LIMIT_MS
  endOldest(server)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(where.port, where.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return { address: addressOf(server), close: () => close(server) }
}

/** A probe of the node always gets through: whoever holds connections open loses them, and keeps nobody out. */
function endOldest(server: Server): void {
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    const [oldest] = open
    if (open.size > MOST_CONNECTIONS) oldest?.destroy()
  })
}

interface Unsent {
  bytes: number
}

async function answer(
  pages: Pages,
  request: IncomingMessage,
  response: ServerResponse,
  unsent: Unsent,
): Promise<void> {
  const { method, url = '/' } = request
  // A body is of no use here; the connection ends with it.
  if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined)
    response.shouldKeepAlive = false
  if (method !== 'GET' && method !== 'HEAD')
    return send(response, 405, 'only GET and HEAD', { allow: 'GET, HEAD' })
  const path = url.split('?')[0] ?? '/'
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined
  if (!page) return send(response, 404, `not here; there are ${Object.keys(pages).join(', ')}`)
  try {
    const { status, type, body } = await page()
    if (!reserve(unsent, response, Buffer.byteLength(body)))
      return send(response, 503, 'too many answers wait to be fetched')
    send(response, status, body, { 'content-type': type })
  } catch {
    // What went wrong may hold anything; that it did is enough for a scraper.
    send(response, 500, 'this cannot be shown now')
  }
}

/** Answers to slow readers are kept in memory, whose limit is the pod's. */
function reserve(unsent: Unsent, response: ServerResponse, bytes: number): boolean {
  if (bytes > SMALL_BYTES && unsent.bytes > 0 && unsent.bytes + bytes > MOST_UNSENT_BYTES) return false
  unsent.bytes += bytes
  response.once('close', () => {
    unsent.bytes -= bytes
  })
  return true
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-length': Buffer.byteLength(body),
    ...headers,
  })
  // Node leaves the body of a HEAD out by itself.
  response.end(body)
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
