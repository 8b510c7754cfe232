/** The address at which `serve` takes reports of leaks: `POST /leaks/<receiver>`, and nothing else. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { headersOf, readBody } from './read-request.ts'
import type { Answer, Reception } from './receive.ts'

/** With more of them the oldest one ends. */
const MOST_CONNECTIONS = 128
/** Bodies that are read or judged at a time: this many MiB at the most. */
const MOST_REQUESTS = 32
const MOST_HEADER_BYTES = 8_192
const HEADERS_LIMIT_MS = 5_000
const REQUEST_LIMIT_MS = 10_000
const IDLE_LIMIT_MS = 15_000
const SILENCE_LIMIT_MS = 10_000
const CHECKED_EVERY_MS = 1_000
const PATH = /^\/leaks\/([a-z0-9-]{1,63})$/

export interface ReceiveListening {
  /** Host and port as they are now. */
  readonly address: string
  close(): Promise<void>
}

/** @throws what the system says when it cannot listen there */
export async function listenForReports(
  where: { host: string; port: number },
  reception: Reception,
): Promise<ReceiveListening> {
  const busy = { requests: 0 }
  const server = createServer(
    {
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: HEADERS_LIMIT_MS,
      requestTimeout: REQUEST_LIMIT_MS,
      keepAliveTimeout: IDLE_LIMIT_MS,
      connectionsCheckingInterval: CHECKED_EVERY_MS,
    },
    (request, response) => void handle(reception, request, response, busy),
  )
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

async function handle(
  reception: Reception,
  request: IncomingMessage,
  response: ServerResponse,
  busy: { requests: number },
): Promise<void> {
  const refused = refuse(reception, request, busy)
  if (refused) return send(response, refused, { connection: 'close' })
  busy.requests += 1
  try {
    const body = await readBody(request)
    if (body.is === 'cut') return void response.destroy()
    if (body.is === 'too-large')
      return send(response, { status: 413, says: 'more than 1 MiB' }, { connection: 'close' })
    const receiver = receiverOf(request) ?? ''
    const answer = await reception.answer(receiver, headersOf(request), body.bytes)
    send(response, answer)
    if (answer.status === 202) reception.answered()
  } finally {
    busy.requests -= 1
  }
}

type Said = Pick<Answer, 'says' | 'retryAfter'> & { status: number }

/** What is answered without reading the body; undefined: it is read. */
function refuse(
  reception: Reception,
  request: IncomingMessage,
  busy: { requests: number },
): Said | undefined {
  const receiver = receiverOf(request)
  if (receiver === undefined || !reception.has(receiver)) return { status: 404, says: 'no such receiver' }
  if (request.method !== 'POST') return { status: 405, says: 'only POST' }
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity')
    return { status: 415, says: 'compressed bodies are not read' }
  if (busy.requests >= MOST_REQUESTS) return { status: 503, says: 'try again', retryAfter: 5 }
  return undefined
}

function receiverOf({ url = '/' }: IncomingMessage): string | undefined {
  return PATH.exec(url.split('?')[0] ?? '')?.[1]
}

function send(response: ServerResponse, { status, says, retryAfter }: Said, headers: object = {}): void {
  const body = `${JSON.stringify({ status: says })}\n`
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-length': Buffer.byteLength(body),
    ...(status === 405 ? { allow: 'POST' } : {}),
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    ...headers,
  })
  response.end(body)
}

/** Whoever holds connections open loses them, and keeps nobody out. */
function endOldest(server: Server): void {
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    const [oldest] = open
    if (open.size > MOST_CONNECTIONS) oldest?.destroy()
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
