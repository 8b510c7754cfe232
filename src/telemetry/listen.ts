/** The address at which `serve` says how it is: `/healthz`, `/readyz`, `/metrics`. It reads, and nothing else. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Address, type Listening, listenWithin } from '../http-server/listen-within.ts'

/** A scraper and a few probes; nobody else needs one. A probe of the node always gets through. */
const LIMITS = { connections: 64, idleMs: 65_000 }
/** Answers that nobody has fetched yet, together; a small one is always given. */
const MOST_UNSENT_BYTES = 64 * 1024 * 1024
const SMALL_BYTES = 4_096

export interface Page {
  status: 200 | 503
  type: string
  body: string
}

/** What is shown under each path. */
export type Pages = Readonly<Record<string, () => Page | Promise<Page>>>

/** @throws what the system says when it cannot listen there */
export async function listen(where: Address, pages: Pages): Promise<Listening> {
  const unsent = { bytes: 0 }
  return listenWithin(where, LIMITS, (request, response) => void answer(pages, request, response, unsent))
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
