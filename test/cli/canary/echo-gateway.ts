/* A hostile gateway for the canary tests. */

import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A gateway that echoes what it is sent. */
export interface EchoGateway {
  readonly url: string
  /** Values of all keys created through it. */
  readonly made: ReadonlySet<string>
  /** Number of error responses that echoed a request. */
  readonly echoes: number
  close(): Promise<void>
}

/**
 * Stands before a sandbox and passes everything on, but for one thing: whatever the sandbox refuses is answered with
 * the credential and the body of the request in the error's text, in its headers, and in the reason phrase.
 */
export async function startEchoGateway(upstream: string): Promise<EchoGateway> {
  const made = new Set<string>()
  let echoes = 0

  function pass(incoming: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const { method, url, headers } = incoming
    const outgoing = send(new URL(url ?? '/', upstream), { method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('close', () => {
        const given = Buffer.concat(chunks)
        for (const [, value] of given.toString().matchAll(/"key":\s*"([^"]+)/g)) made.add(value ?? '')
        if (answer.complete && (answer.statusCode ?? 0) >= 400) return echo(incoming, answer, response, body)
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        if (answer.complete) response.end(given)
        else response.write(given, () => response.destroy())
      })
    })
    outgoing.on('error', () => response.destroy())
    response.on('close', () => outgoing.destroy())
    outgoing.end(body)
  }

  function echo(
    incoming: IncomingMessage,
    answer: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
  ): void {
    const sent = incoming.headers.authorization ?? 'nothing'
    const text = JSON.stringify({ error: { message: `no use for ${sent}`, request: body.toString() } })
    const { 'content-length': _length, 'transfer-encoding': _encoding, ...headers } = answer.headers
    echoes += 1
    response.writeHead(answer.statusCode ?? 500, `Refused ${sent}`, {
      ...headers,
      'www-authenticate': `Bearer error="${sent}"`,
      'x-request': sent,
    })
    response.end(text)
  }

  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => pass(incoming, response, Buffer.concat(chunks)))
    incoming.on('error', () => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    made,
    get echoes() {
      return echoes
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
