/** Reads the body of a request within limits, as bytes that can be wiped. */
import type { IncomingMessage } from 'node:http'

const MAX_BODY_BYTES = 1024 * 1024

export type Body = { is: 'body'; bytes: Buffer } | { is: 'too-large' } | { is: 'cut' }

/** Each piece is wiped when it was copied into the whole. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return { is: 'too-large' }
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      chunks.push(chunk)
      if (size > MAX_BODY_BYTES) return { is: 'too-large' }
    }
    return { is: 'body', bytes: Buffer.concat(chunks) }
  } catch {
    // The sender went away, or was too slow: nobody waits for an answer.
    return { is: 'cut' }
  } finally {
    for (const chunk of chunks) chunk.fill(0)
  }
}

/** Names in lower case; values of a repeated header joined by a comma. */
export function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const joined: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) joined[name] = Array.isArray(value) ? value.join(', ') : value
  return joined
}
