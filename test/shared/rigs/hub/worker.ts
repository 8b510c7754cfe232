import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { parseEnv } from 'node:util'
import { fingerprintPart } from '../../../../src/contracts/fingerprint.ts'
import { SecretValue } from '../../../../src/contracts/secret-value.ts'

/** A workload that reads its key once per start and works with it all the time. */
export interface HubWorker {
  /** `GET /health` reports the fingerprint it uses; `POST /restart` restarts it. */
  readonly url: string
  readonly calls: { accepted: number; refused: number; unanswered: number }
  fingerprint(): string
  close(): Promise<void>
}

/**
 * Starts a workload that takes the variable `field` out of an env file and calls `work` with it, one call after the
 * other, a few milliseconds apart.
 * @param work returns the status of the service
 */
export async function startHubWorker(options: {
  file: string
  field: string
  work: (key: string) => Promise<number>
}): Promise<HubWorker> {
  const calls = { accepted: 0, refused: 0, unanswered: 0 }
  const stopping = new AbortController()
  const readKey = () => parseEnv(readFileSync(options.file, 'utf8'))[options.field] ?? ''
  let key = readKey()
  let healthy = true
  const fingerprint = () => fingerprintPart(new SecretValue(key))

  async function callOnce(): Promise<void> {
    const status = await options.work(key).catch(() => undefined)
    healthy = status === 200
    if (status === 200) calls.accepted += 1
    else if (status === 401 || status === 403) calls.refused += 1
    else calls.unanswered += 1
  }

  async function callOn(): Promise<void> {
    while (!stopping.signal.aborted) {
      await callOnce()
      await pause(10)
    }
  }

  const server = createServer((request, response) => {
    request.resume()
    if (request.method === 'POST') key = readKey()
    response.writeHead(healthy ? 200 : 503, { 'x-key-fingerprint': fingerprint() }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const working = callOn()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    fingerprint,
    async close() {
      stopping.abort()
      await working
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
