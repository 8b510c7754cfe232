import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { fingerprintPart } from '../../../../src/contracts/fingerprint.ts'
import { SecretValue } from '../../../../src/contracts/secret-value.ts'

/** Workloads that each take their key out of a place of its own, once per start, and work with it all the time. */
export interface Fleet {
  /** `GET /health` reports the fingerprint once all workloads use the same one; `POST /restart` restarts them. */
  readonly url: string
  /** Calls to the gateway by outcome. */
  readonly calls: { accepted: number; refused: number; other: number }
  /** From now on the fleet reports failure (500) when it runs with another key than this one. */
  failUnlessOn(fingerprint: string | undefined): void
  /** Fingerprints the workloads run with, each once. */
  fingerprints(): string[]
  close(): Promise<void>
}

export interface FleetOptions {
  /** The key each workload finds in its own place. */
  readonly readKeys: () => Promise<readonly string[]>
  /** Base address of the gateway. */
  readonly gateway: string
  readonly pauseMs?: number
}

/** Starts the workloads on the keys that are there; they call the gateway in turn. */
export async function startFleet({ readKeys, gateway, pauseMs = 15 }: FleetOptions): Promise<Fleet> {
  const calls = { accepted: 0, refused: 0, other: 0 }
  const stopping = new AbortController()
  let keys = await readKeys()
  let wanted: string | undefined
  let underWay: Promise<void> = Promise.resolve()
  const fingerprints = () => [...new Set(keys.map((key) => fingerprintPart(new SecretValue(key))))]

  async function callOnce(key: string): Promise<void> {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ prompt: 'a lighthouse at dusk' })
    const path = '/api/v1/generation/google/veo-3.1'
    const answer = await fetch(gateway + path, { method: 'POST', headers, body }).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok) calls.accepted += 1
    else if (answer?.status === 401) calls.refused += 1
    else calls.other += 1
  }

  async function callOn(): Promise<void> {
    for (let turn = 0; !stopping.signal.aborted; turn += 1) {
      underWay = callOnce(keys[turn % keys.length] ?? '')
      await underWay
      await pause(pauseMs)
    }
  }

  /** Resolves once no call uses a previous key. */
  async function restart(): Promise<number> {
    try {
      keys = await readKeys()
      await underWay
      return 204
    } catch {
      // If a place does not respond, the rollout has not begun; the workloads continue as they are.
      return 503
    }
  }

  function health(): { status: number; fingerprint: string } {
    const [fingerprint = '', ...others] = fingerprints()
    if (wanted !== undefined && (fingerprint !== wanted || others.length > 0))
      return { status: 500, fingerprint }
    return { status: others.length === 0 ? 200 : 503, fingerprint }
  }

  const server = createServer((request, response) => {
    request.resume()
    if (request.method === 'POST') return void restart().then((status) => response.writeHead(status).end())
    const { status, fingerprint } = health()
    response.writeHead(status, { 'x-key-fingerprint': fingerprint }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const working = callOn()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    fingerprints,
    failUnlessOn: (fingerprint) => {
      wanted = fingerprint
    },
    async close() {
      stopping.abort()
      await working
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
