import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { parseEnv } from 'node:util'
import { fingerprintPart } from '../../../../src/contracts/fingerprint.ts'
import { SecretValue } from '../../../../src/contracts/secret-value.ts'

/** A workload that reads its key once per start and works with it all the time. */
export interface RigWorker {
  /** `GET /health` reports the fingerprint it runs with, `POST /restart` starts it anew. */
  readonly url: string
  readonly calls: { accepted: number; refused: number; unanswered: number }
  /** The longest time without an accepted call with the key it holds, in which a call was refused. */
  readonly outageMs: () => number
  fingerprint(): string
  /** Reads its first key from this file and works from now on. */
  begin(file: string): void
  /** From now on it reports failure (500) while it runs with any other key than the present one. */
  failWithNewKeys(): void
  /** From now on every key will do. */
  takeNewKeys(): void
  /** Runs once, shortly after the next restart. */
  afterRestart(run: () => Promise<unknown>): void
  close(): Promise<void>
}

/**
 * Starts a workload that takes the variable `field` out of its env file and calls `work` with it, one call after the
 * other, a few milliseconds apart: in turn with the key it holds, and with the key that is in the file at that moment,
 * as an instance would that has just been started.
 * @param work resolves to the status that the service returned
 */
export async function startRigWorker(options: {
  field: string
  work: (key: string) => Promise<number>
}): Promise<RigWorker> {
  const calls = { accepted: 0, refused: 0, unanswered: 0 }
  const stopping = new AbortController()
  let file = ''
  const readKey = () => parseEnv(readFileSync(file, 'utf8'))[options.field] ?? ''
  let key = ''
  let working = Promise.resolve()
  let restarted: Promise<unknown> = Promise.resolve()
  let healthy = true
  let liked: string | undefined
  let next: () => Promise<unknown> = async () => undefined
  const fingerprint = () => fingerprintPart(new SecretValue(key))

  async function callOnce(held: string): Promise<number | undefined> {
    const status = await options.work(held).catch(() => undefined)
    if (status === 200) calls.accepted += 1
    else if (status === 400 || status === 401 || status === 403) calls.refused += 1
    else calls.unanswered += 1
    return status
  }

  let goodAt = performance.now()
  let longestMs = 0

  async function callOn(): Promise<void> {
    while (!stopping.signal.aborted) {
      const wasHealthy = healthy
      healthy = (await callOnce(key)) === 200
      if (healthy && !wasHealthy) longestMs = Math.max(longestMs, performance.now() - goodAt)
      if (healthy) goodAt = performance.now()
      await callOnce(readKey())
      await pause(20)
    }
  }

  const server = createServer((request, response) => {
    request.resume()
    if (request.method === 'POST') {
      key = readKey()
      // The call under way may still be with the key from before.
      restarted = restarted.then(() => pause(200)).then(next)
      next = async () => undefined
    }
    const fails = request.method === 'GET' && liked !== undefined && liked !== key
    response.writeHead(fails ? 500 : healthy ? 200 : 503, { 'x-key-fingerprint': fingerprint() }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    outageMs: () => longestMs,
    fingerprint,
    begin: (from) => {
      file = from
      key = readKey()
      working = callOn()
    },
    failWithNewKeys: () => {
      liked = key
    },
    takeNewKeys: () => {
      liked = undefined
    },
    afterRestart: (run) => {
      next = run
    },
    async close() {
      stopping.abort()
      await working
      await restarted
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
