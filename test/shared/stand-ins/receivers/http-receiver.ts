/* The other end of a webhook: keeps what arrives, and answers as it is told. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Arrival {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
}

interface Answer {
  status: number
  headers?: Record<string, string>
  body?: string
}

export interface HttpReceiver {
  readonly url: string
  readonly arrivals: Arrival[]
  /** What it answers from now on; null: it hangs up. */
  answer(next: Answer | ((arrival: Arrival) => Answer) | null): void
  close(): Promise<void>
}

/** What was refused is not among the arrivals. */
export async function startReceiver(path = '/hook'): Promise<HttpReceiver> {
  const arrivals: Arrival[] = []
  let answer: ((arrival: Arrival) => Answer) | null = () => ({ status: 200 })
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = '', url = '', headers } = request
    const arrival = { method, path: url, headers, body: Buffer.concat(chunks).toString() }
    if (!answer) return void request.socket.destroy()
    const given = answer(arrival)
    if (given.status < 300) arrivals.push(arrival)
    response.writeHead(given.status, given.headers).end(given.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    arrivals,
    answer: (next) => {
      answer = typeof next === 'function' || next === null ? next : () => next
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
