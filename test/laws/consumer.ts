/* The law of consumers. */

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Call } from '../../src/contracts/call.ts'
import type { Consumer, Readiness } from '../../src/contracts/consumer.ts'
import { LeaseOverError, ProviderError } from '../../src/contracts/errors.ts'

/** What a test of a consumer provides: the adapter, and control over the workload behind it. */
export interface ConsumerFixture {
  /** The adapter under test, configured to restart and to read a fingerprint. */
  readonly consumer: Consumer
  /** It learns from elsewhere when the instances started, so being ready may say that without a report. */
  readonly knowsStarts?: boolean
  /** Puts the workload into this state, with the fingerprint it reports. */
  become(state: Pick<Readiness, 'is'> & { reports?: string }): Promise<void>
  /** From now on requests are accepted and get no response, until the returned function is called. */
  hang(): Promise<() => Promise<void>>
  /** From now on the state of the workload is unknown, until the returned function is called. */
  lose(): Promise<() => Promise<void>>
  /** A restart begins by looking, so one that hangs there has changed nothing. */
  readonly looksFirst?: boolean
  /** The marks of the restarts that arrived, in order; a repeat may be left out. */
  restarts(): Promise<readonly string[]>
  /** How many requests the workload received. */
  requestCount(): Promise<number>
}

export interface ConsumerRule {
  readonly name: string
  run(fixture: ConsumerFixture): Promise<void>
}

const fingerprint = '9f86d081884c7d65'
const about = { mark: 'k7f3-20260101-aaaaaa-1', after: 0 }
const abortLimitMs = 1000

/**
 * The law of the Consumer contract. Create one test per rule, each with its own fixture:
 *
 *     for (const rule of consumerLaw) test(rule.name, async () => rule.run(await makeFixture()))
 */
export const consumerLaw: readonly ConsumerRule[] = [
  { name: 'a ready consumer is ready and reports its fingerprint', run: reportFingerprint },
  { name: 'a consumer that reports nothing is ready without proof', run: reportNothing },
  { name: 'text that is not a fingerprint is ignored and never repeated', run: repeatNothing },
  { name: 'a starting consumer is progressing, with a reason', run: progress },
  { name: 'a failed consumer has failed, with a reason', run: fail },
  { name: 'an unreachable consumer is an error without effect, not a failure', run: knowNothing },
  { name: 'a restart arrives with its mark and may be repeated', run: restart },
  { name: 'each request is announced right before it', run: announce },
  { name: 'nothing is sent when the lease is over', run: sendNothingWithoutLease },
  { name: 'an aborted call returns within a second; an aborted restart may have happened', run: abort },
  { name: 'a call aborted before it starts sends nothing', run: sendNothingAborted },
]

async function reportFingerprint({ consumer, become, knowsStarts }: ConsumerFixture): Promise<void> {
  await become({ is: 'ready', reports: fingerprint })
  const { oldestStart, ...readiness } = await consumer.ready(about, newCall())
  assert.deepEqual(readiness, { is: 'ready', fingerprint })
  if (!knowsStarts) assert.equal(oldestStart, undefined)
}

async function reportNothing({ consumer, become, knowsStarts }: ConsumerFixture): Promise<void> {
  await become({ is: 'ready' })
  const readiness = await consumer.ready(about, newCall())
  assert.equal(readiness.is, 'ready')
  assert.ok(!Object.hasOwn(readiness, 'fingerprint'))
  assert.ok(knowsStarts || !Object.hasOwn(readiness, 'oldestStart'))
}

async function repeatNothing({ consumer, become }: ConsumerFixture): Promise<void> {
  for (const reported of ['a-whole-key-sent-by-mistake', '9f86d081884c7d6', `${fingerprint}00`]) {
    await become({ is: 'ready', reports: reported })
    const readiness = await consumer.ready(about, newCall())
    assert.equal(readiness.fingerprint, undefined)
    assert.ok(!JSON.stringify(readiness).includes(reported))
  }
}

async function progress({ consumer, become }: ConsumerFixture): Promise<void> {
  await become({ is: 'progressing', reports: fingerprint })
  const readiness = await consumer.ready(about, newCall())
  assert.equal(readiness.is, 'progressing')
  assert.ok(readiness.why)
}

async function fail({ consumer, become }: ConsumerFixture): Promise<void> {
  await become({ is: 'failed' })
  const readiness = await consumer.ready(about, newCall())
  assert.equal(readiness.is, 'failed')
  assert.ok(readiness.why)
}

async function knowNothing({ consumer, lose }: ConsumerFixture): Promise<void> {
  const undo = await lose()
  try {
    const error = await refused(consumer.ready(about, newCall()))
    assert.deepEqual([error.code, error.effect], ['unavailable', 'none'])
    assert.notEqual(error.nextStep, '')
  } finally {
    await undo()
  }
}

async function restart({ consumer, become, restarts }: ConsumerFixture): Promise<void> {
  await become({ is: 'ready' })
  await consumer.restart?.('k7f3-r1-1', newCall())
  await consumer.restart?.('k7f3-r1-1', newCall())
  await consumer.restart?.('k7f3-r1-2', newCall())
  const arrived = await restarts()
  assert.deepEqual([...new Set(arrived)], ['k7f3-r1-1', 'k7f3-r1-2'])
  assert.deepEqual([...arrived].sort(), arrived)
}

async function announce({ consumer, become, requestCount }: ConsumerFixture): Promise<void> {
  await become({ is: 'ready' })
  const before = await requestCount()
  let announced = 0
  const call = newCall({
    beforeSend: () => {
      announced += 1
    },
  })
  await consumer.ready(about, call)
  await consumer.restart?.(about.mark, call)
  assert.equal(announced, (await requestCount()) - before)
}

async function sendNothingWithoutLease({ consumer, requestCount }: ConsumerFixture): Promise<void> {
  const before = await requestCount()
  const overdue = newCall({
    beforeSend: () => {
      throw new LeaseOverError()
    },
  })
  await assert.rejects(consumer.ready(about, overdue), LeaseOverError)
  if (consumer.restart) await assert.rejects(consumer.restart(about.mark, overdue), LeaseOverError)
  assert.equal(await requestCount(), before)
}

async function abort({ consumer, hang, looksFirst }: ConsumerFixture): Promise<void> {
  const undo = await hang()
  try {
    const ready = await abortSoon((call) => consumer.ready(about, call))
    assert.deepEqual([ready.code, ready.effect], ['unavailable', 'none'])
    const { restart: begin } = consumer
    if (!begin) return
    const restarted = await abortSoon((call) => begin(about.mark, call))
    assert.deepEqual([restarted.code, restarted.effect], ['unavailable', looksFirst ? 'none' : 'unknown'])
  } finally {
    await undo()
  }
}

async function sendNothingAborted({ consumer, requestCount }: ConsumerFixture): Promise<void> {
  const before = await requestCount()
  const call = newCall({ signal: AbortSignal.abort() })
  await refused(consumer.ready(about, call))
  if (consumer.restart) assert.equal((await refused(consumer.restart(about.mark, call))).effect, 'none')
  assert.equal(await requestCount(), before)
}

/** Lets the call run for a moment, aborts it, and returns its error. */
async function abortSoon(begin: (call: Call) => Promise<unknown>): Promise<ProviderError> {
  const stop = new AbortController()
  const refusal = refused(begin(newCall({ signal: stop.signal })))
  await sleep(100)
  const abortedAt = performance.now()
  stop.abort()
  const error = await refusal
  assert.ok(performance.now() - abortedAt < abortLimitMs, 'the call returned late')
  return error
}

async function refused(doing: Promise<unknown>): Promise<ProviderError> {
  const error = await doing.then(
    () => assert.fail('it was expected to be refused'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof ProviderError, `not a ProviderError: ${String(error)}`)
  return error
}

function newCall(more: Partial<Call> = {}): Call {
  return { signal: AbortSignal.timeout(30_000), beforeSend: () => {}, ...more }
}
