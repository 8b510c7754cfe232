/** The address at which `serve` takes reports of leaks: `POST /leaks/<receiver>`, and nothing else. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Address, type Listening, listenWithin } from '../http-server/listen-within.ts'
import { type Body, headersOf, readBody } from './read-request.ts'
import type { Answer, Reception } from './receive.ts'

const LIMITS = { connections: 128, idleMs: 15_000 }
/** Bodies that are read at a time, and that are judged: each this many MiB at the most. */
const MOST_REQUESTS = 32
const PATH = /^\/leaks\/([a-z0-9-]{1,63})$/

/** @throws what the system says when it cannot listen there */
export async function listenForReports(where: Address, reception: Reception): Promise<Listening> {
  const busy: Busy = { reading: new Set(), judged: 0 }
  return listenWithin(where, LIMITS, (request, response) => void handle(reception, request, response, busy))
}

interface Busy {
  /** The oldest first. */
  readonly reading: Set<IncomingMessage>
  judged: number
}

async function handle(
  reception: Reception,
  request: IncomingMessage,
  response: ServerResponse,
  busy: Busy,
): Promise<void> {
  const refused = refuse(reception, request, busy)
  if (refused) return send(response, refused, { connection: 'close' })
  const body = await readInTurn(request, busy)
  busy.judged += 1
  try {
    if (body.is === 'cut') return void response.destroy()
    if (body.is === 'too-large')
      return send(response, { status: 413, says: 'more than 1 MiB' }, { connection: 'close' })
    const receiver = receiverOf(request) ?? ''
    const answer = await reception.answer(receiver, headersOf(request), body.bytes)
    send(response, answer)
    if (answer.status === 202) reception.answered()
  } finally {
    busy.judged -= 1
  }
}

/** Anybody can send a body slowly: with too many of them the oldest one ends, and keeps nobody out. */
async function readInTurn(request: IncomingMessage, { reading }: Busy): Promise<Body> {
  const [oldest] = reading
  if (reading.size >= MOST_REQUESTS) oldest?.destroy()
  reading.add(request)
  try {
    return await readBody(request)
  } finally {
    reading.delete(request)
  }
}

type Said = Pick<Answer, 'says' | 'retryAfter'> & { status: number }

/** What is answered without reading the body; undefined: it is read. */
function refuse(reception: Reception, request: IncomingMessage, { judged }: Busy): Said | undefined {
  const receiver = receiverOf(request)
  if (receiver === undefined || !reception.has(receiver)) return { status: 404, says: 'no such receiver' }
  if (request.method !== 'POST') return { status: 405, says: 'only POST' }
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity')
    return { status: 415, says: 'compressed bodies are not read' }
  if (judged >= MOST_REQUESTS) return { status: 503, says: 'try again', retryAfter: 5 }
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
