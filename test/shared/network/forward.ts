import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** An answer held whole. */
export interface Answer {
  status: number
  /** Names and values in turn, as they came. */
  rawHeaders: string[]
  body: Buffer
}

const MAX_BODY_BYTES = 16 * 1024 * 1024

/** The header lines as they came, without those that belong to one connection only. */
function keepHeaders(rawHeaders: readonly string[], dropped: readonly string[]): string[] {
  const kept: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (!dropped.includes(name.toLowerCase())) kept.push(name, rawHeaders[at + 1] ?? '')
  }
  return kept
}

/** Sends the request on, header lines and body byte for byte, and answers with the whole of the other side's answer. */
export function forwardRequest(
  incoming: IncomingMessage,
  body: Buffer,
  upstream: URL,
  ca: string | undefined,
): Promise<Answer> {
  const send = upstream.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const outgoing = send(
      {
        host: upstream.hostname,
        port: upstream.port || (upstream.protocol === 'https:' ? 443 : 80),
        method: incoming.method,
        path: incoming.url,
        headers: keepHeaders(incoming.rawHeaders, ['connection', 'keep-alive', 'expect']),
        agent: false,
        ...(ca === undefined ? {} : { ca }),
      },
      (answer) => {
        collectBody(answer).then((answerBody) => {
          const rawHeaders = keepHeaders(answer.rawHeaders, ['connection', 'keep-alive', 'transfer-encoding'])
          resolve({ status: answer.statusCode ?? 502, rawHeaders, body: answerBody })
        }, reject)
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** The whole body of a request or an answer, up to 16 MiB. */
export async function collectBody(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new Error(`a body is over ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
