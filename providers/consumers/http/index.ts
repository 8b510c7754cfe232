import type { Call, ProviderContext } from '../../../src/contracts/call.ts'
import type { Consumer, Readiness } from '../../../src/contracts/consumer.ts'
import { parseDurationMs } from '../../../src/contracts/duration.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { SecretValue } from '../../../src/contracts/secret-value.ts'
import { readFingerprint, readInstant, readPointer } from '../../shared/consumer/told.ts'
import { type HttpAnswer, readJson, sendRequest } from '../../shared/http/client.ts'
import { toStatusError } from '../../shared/http/errors.ts'
import { readSecret } from '../../shared/options/secret-source.ts'
import type { Options, Place } from './options.ts'

/** A consumer behind a health URL, which may tell the fingerprint of its key and when it started. */
export function make(options: Options, context: ProviderContext): Consumer {
  const { restart } = options
  const consumer: Consumer = { ready: (_about, call) => askHealth(options, context.name, call) }
  if (restart) consumer.restart = (mark, call) => askRestart(restart, options, context.name, mark, call)
  return consumer
}

async function askHealth(options: Options, provider: string, call: Call): Promise<Readiness> {
  const headers = await readHeaders(options.headers, provider)
  const askedAt = Date.now()
  let answer: HttpAnswer
  try {
    const { url, method } = options
    answer = await sendRequest(
      settingsFor(url, options, provider),
      { method, url, headers, mutates: false },
      call,
    )
  } catch (error) {
    if (isNobodyThere(error)) return { is: 'progressing', why: 'nothing listens at the health URL' }
    throw error
  }
  const { status } = answer
  if (options.failOn.includes(status)) return { is: 'failed', why: `the health URL answered ${status}` }
  if (!options.expect.includes(status)) return { is: 'progressing', why: `the health URL answered ${status}` }
  return readTold(options, answer, askedAt)
}

function readTold(options: Options, answer: HttpAnswer, askedAt: number): Readiness {
  const { fingerprint: fingerprintPlace, startedAt: startPlace } = options
  const readiness: Readiness = { is: 'ready' }
  if (fingerprintPlace) {
    const fingerprint = readFingerprint(readPlace(fingerprintPlace, answer))
    if (fingerprint === undefined) readiness.why = `it tells no fingerprint in ${describe(fingerprintPlace)}`
    else readiness.fingerprint = fingerprint
  }
  if (startPlace) {
    const start = readInstant(readPlace(startPlace, answer))
    if (start === undefined) readiness.why ??= `it tells no start in ${describe(startPlace)}`
    else readiness.oldestStart = toOurTime(start, answer, askedAt)
  }
  return readiness
}

/**
 * The start in our time. A consumer whose clock runs ahead would seem to have started later than it did, which would
 * count as proof; so what its Date header (whole seconds, rounded down) is ahead of us is taken off.
 */
function toOurTime(start: number, answer: HttpAnswer, askedAt: number): number {
  const itsNow = Date.parse(answer.headers.date ?? '')
  return itsNow > Date.now() ? start - (itsNow + 1000 - askedAt) : start
}

function readPlace(place: Place, answer: HttpAnswer): unknown {
  return 'header' in place
    ? answer.headers[place.header.toLowerCase()]
    : readPointer(readJson(answer), place.json)
}

function describe(place: Place): string {
  return 'header' in place ? `header ${place.header}` : `JSON field ${place.json}`
}

async function askRestart(
  restart: NonNullable<Options['restart']>,
  options: Options,
  provider: string,
  mark: string,
  call: Call,
): Promise<void> {
  const { url, method } = restart
  // Who restarts can tell a repeat by the mark; one that does not restarts once more, which is harmless.
  const headers = { 'idempotency-key': mark, ...(await readHeaders(restart.headers, provider)) }
  const answer = await sendRequest(settingsFor(url, options, provider), { method, url, headers }, call)
  if (!restart.expect.includes(answer.status)) throw toStatusError(answer, answer.subject)
}

async function readHeaders(
  headers: Options['headers'],
  provider: string,
): Promise<Record<string, string | SecretValue>> {
  const read: Record<string, string | SecretValue> = {}
  for (const [name, value] of Object.entries(headers))
    read[name] = typeof value === 'string' ? value : await readSecret(value, provider)
  return read
}

function settingsFor(url: string, options: Options, provider: string) {
  return { provider, hosts: [new URL(url).host], limitMs: parseDurationMs(options.limit) }
}

/**
 * A refused connection is an answer of the consumer's own machine: nothing listens there yet, as during a restart or
 * in a crash loop. Names that do not resolve, timeouts and cut connections may be the network's fault and stay errors.
 */
function isNobodyThere(error: unknown): boolean {
  return error instanceof ProviderError && error.message.endsWith('(ECONNREFUSED)')
}
