/* Consumer `http`: a service that reports its state at a health URL. */

import type { Call, ProviderContext } from '../../../src/contracts/call.ts'
import type { Consumer, Readiness } from '../../../src/contracts/consumer.ts'
import { parseDurationMs } from '../../../src/contracts/duration.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { SecretValue } from '../../../src/contracts/secret-value.ts'
import { readFingerprint, readInstant, readPointer } from '../../shared/consumer/told.ts'
import { type HttpAnswer, type HttpSettings, readJson, sendRequest } from '../../shared/http/client.ts'
import { toStatusError } from '../../shared/http/errors.ts'
import { withAuthorities } from '../../shared/options/authorities.ts'
import { readSecret } from '../../shared/options/secret-source.ts'
import type { Options, Place } from './options.ts'

/** A consumer with a health URL, which may report the fingerprint of its key and its start time. */
export function make(options: Options, context: ProviderContext): Consumer {
  const { restart } = options
  const consumer: Consumer = { ready: (_about, call) => checkHealth(options, context.name, call) }
  if (restart) consumer.restart = (mark, call) => requestRestart(restart, options, context.name, mark, call)
  return consumer
}

async function checkHealth(options: Options, provider: string, call: Call): Promise<Readiness> {
  const headers = await readHeaders(options.headers, provider)
  const askedAt = Date.now()
  let answer: HttpAnswer
  try {
    const { url, method } = options
    answer = await sendRequest(
      await settingsFor(url, options, provider),
      { method, url, headers, mutates: false },
      call,
    )
  } catch (error) {
    if (isRefused(error)) return { is: 'progressing', why: 'nothing listens at the health URL' }
    throw error
  }
  const { status } = answer
  if (options.failOn.includes(status)) return { is: 'failed', why: `the health URL returned ${status}` }
  if (!options.expect.includes(status)) return { is: 'progressing', why: `the health URL returned ${status}` }
  return readReport(options, answer, askedAt)
}

function readReport(options: Options, answer: HttpAnswer, askedAt: number): Readiness {
  const { fingerprint: fingerprintPlace, startedAt: startPlace } = options
  const readiness: Readiness = { is: 'ready' }
  if (fingerprintPlace) {
    const fingerprint = readFingerprint(readPlace(fingerprintPlace, answer))
    if (fingerprint === undefined)
      readiness.why = `it reports no fingerprint in ${describe(fingerprintPlace)}`
    else readiness.fingerprint = fingerprint
  }
  if (startPlace) {
    const start = readInstant(readPlace(startPlace, answer))
    if (start === undefined) readiness.why ??= `it reports no start time in ${describe(startPlace)}`
    else readiness.oldestStart = toOurTime(start, answer, askedAt)
  }
  return readiness
}

/**
 * Converts the start time to our clock. If the consumer's clock is fast, it would seem to have started later than it did,
 * which could count as proof. So the lead of its Date header (whole seconds, rounded down) is subtracted.
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

async function requestRestart(
  restart: NonNullable<Options['restart']>,
  options: Options,
  provider: string,
  mark: string,
  call: Call,
): Promise<void> {
  const { url, method } = restart
  // The service can detect a repeat by the mark. If it does not, it restarts once more, which is harmless.
  const headers = { 'idempotency-key': mark, ...(await readHeaders(restart.headers, provider)) }
  const answer = await sendRequest(await settingsFor(url, options, provider), { method, url, headers }, call)
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

async function settingsFor(url: string, options: Options, provider: string): Promise<HttpSettings> {
  const settings = { provider, hosts: [new URL(url).host], limitMs: parseDurationMs(options.limit) }
  return await withAuthorities(settings, options.ca)
}

/**
 * A refused connection comes from the consumer's own machine: nothing listens there yet, as during a restart or in a
 * crash loop. Names that do not resolve, timeouts and dropped connections may be network faults, so they stay errors.
 */
function isRefused(error: unknown): boolean {
  return error instanceof ProviderError && error.message.endsWith('(ECONNREFUSED)')
}
