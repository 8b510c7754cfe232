import type http from 'node:http'
import { SecretValue } from '../../../src/contracts/secret-value.ts'

/** Gathers the whole body of an answer; `fail` when it is cut, too large or compressed. */
export function gatherBody(
  incoming: http.IncomingMessage,
  maxBytes: number,
  fail: (happened: string, cause?: unknown) => void,
  done: (body: SecretValue) => void,
): void {
  const encoding = incoming.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') {
    fail('the answer is compressed, which was not asked for')
    return
  }
  const chunks: Buffer[] = []
  let size = 0
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > maxBytes) fail(`the answer is larger than ${maxBytes} bytes`)
    else chunks.push(chunk)
  })
  incoming.on('error', (error) => fail('the answer was cut', error))
  incoming.on('end', () => {
    if (incoming.complete) done(new SecretValue(Buffer.concat(chunks).toString('utf8')))
    else fail('the answer was cut')
  })
}

/**
 * Sends the body and ends the request. Its length is always named: Node sends a DELETE's body without one, and the server
 * takes it for the beginning of the next request.
 */
export function sendBody(outgoing: http.ClientRequest, body: string | undefined): void {
  if (body !== undefined) outgoing.setHeader('content-length', Buffer.byteLength(body))
  outgoing.end(body)
}

/** Names in lower case; values of a repeated header joined by a comma. */
export function joinHeaders(headers: http.IncomingHttpHeaders): Record<string, string> {
  const joined: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return joined
}
