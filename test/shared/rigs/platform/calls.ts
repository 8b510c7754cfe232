/** Collects what the workloads of a cluster report of their calls to the gateway. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One call of one pod, when its report came. `status` is a text where there was no response. */
export interface Call {
  pod: string
  status: number | string
  at: number
}

export class Calls {
  readonly all: Call[] = []
  #server: Server | undefined
  #port = 0

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      let text = ''
      request.on('data', (part) => {
        text += part
      })
      request.on('end', () => {
        this.all.push({ ...(JSON.parse(text) as Omit<Call, 'at'>), at: Date.now() })
        response.end()
      })
    })
    await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve))
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  get port(): number {
    return this.#port
  }

  /** Calls that the gateway refused, which no workload ever may see. */
  refused(): Call[] {
    return this.all.filter(({ status }) => status === 401)
  }

  /** How many calls each pod made, and when its last one was. */
  byPod(): Map<string, { calls: number; last: number }> {
    const pods = new Map<string, { calls: number; last: number }>()
    for (const { pod, at } of this.all) pods.set(pod, { calls: (pods.get(pod)?.calls ?? 0) + 1, last: at })
    return pods
  }

  stop(): void {
    this.#server?.close()
    this.#server?.closeAllConnections()
  }
}
