/* A workload that notices a dead key the moment it holds one. */

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { valueIn } from './installation.ts'

/** Pause between two rounds of calls. */
const ROUND_MS = 20

/** A workload that calls the gateway continuously with the key it read at its last restart. */
export interface PollingConsumer {
  /** Its part of the config, with restart and proof by fingerprint. */
  readonly setting: object
  /** Responses so far, by status. */
  readonly statuses: Readonly<Record<number, number>>
  /** Calls so far, of both kinds. */
  readonly calls: number
  readonly restarts: number
  /** Reads its first key and starts calling. */
  begin(envFile: string): Promise<void>
  /** From now on it reports failure with any key other than its current one. */
  dislikeNewKeys(): void
  close(): Promise<void>
}

/**
 * Starts it. In every round it calls with the key it holds, and once more with the key in the file at
 * that moment, as an instance would that has just been started. Without a gateway it makes no calls.
 */
export async function startConsumer(gateway: string | null): Promise<PollingConsumer> {
  const statuses: Record<number, number> = {}
  let file = ''
  let held = ''
  let liked: string | null = null
  let restarts = 0
  let open = true
  let polling = Promise.resolve()

  async function call(value: string): Promise<void> {
    const status = await callGateway(gateway ?? '', value)
    statuses[status] = (statuses[status] ?? 0) + 1
  }

  async function poll(): Promise<void> {
    while (open) {
      await Promise.all([call(held), readKey(file).then(call)])
      await sleep(ROUND_MS)
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume()
    if (request.url === '/restart') {
      held = await readKey(file)
      restarts += 1
      response.writeHead(204).end()
      return
    }
    response.writeHead(liked === null || liked === held ? 200 : 500, {
      'x-key-fingerprint': fingerprint(held),
    })
    response.end()
  }

  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    setting: {
      type: 'http',
      url: `${url}/health`,
      failOn: [401, 500],
      fingerprint: { header: 'x-key-fingerprint' },
      restart: { url: `${url}/restart` },
    },
    statuses,
    get calls() {
      return Object.values(statuses).reduce((sum, count) => sum + count, 0)
    },
    get restarts() {
      return restarts
    },
    begin: async (envFile) => {
      file = envFile
      held = await readKey(file)
      if (gateway !== null) polling = poll()
    },
    dislikeNewKeys: () => {
      liked = held
    },
    close: async () => {
      open = false
      await polling
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function readKey(envFile: string): Promise<string> {
  return valueIn(await readFile(envFile, 'utf8'))
}

/** Calls the generation API with a body that costs nothing and returns the status. */
async function callGateway(gateway: string, value: string): Promise<number> {
  const response = await fetch(`${gateway}/api/v1/generation/google/veo-3.1`, {
    method: 'POST',
    headers: { authorization: `Bearer ${value}`, 'content-type': 'application/json' },
    body: '{"prompt":[]}',
  })
  await response.arrayBuffer()
  return response.status
}

export function fingerprint(value: string): string {
  return createHash('sha256').update(value, 'utf8').digest('hex').slice(0, 16)
}
