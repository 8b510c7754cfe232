import type { Readiness } from '../../contracts/consumer.ts'
import type { ConsumerLedger, PinnedConsumer } from '../../contracts/record.ts'
import { mintMark, newFingerprint } from '../keys/attempts.ts'
import { nextTry } from '../words/pace.ts'
import type { Question } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { set } from '../words/set.ts'
import { block, type Next, note, perform, type Turn, wait } from '../words/turn.ts'
import { settledAt } from './ledger.ts'
import { consumerLedger, type Direction, wasSent } from './proof.ts'

const MAX_RESTARTS = 5
/** How far the clock of a consumer may run ahead of ours. */
const CLOCK_TOLERANCE_MS = 5_000

/** Asks for the readiness of every consumer that was restarted in this direction or restarts by itself. */
export function questionsOfConsumers(turn: Turn, direction: Direction): Question[] {
  return turn.rotation.pin.consumers.flatMap((consumer): Question[] => {
    const ledger = consumerLedger(turn, consumer.name)
    if (consumer.restarts && (ledger.direction !== direction || ledger.state === 'untouched')) return []
    return [
      {
        ask: 'consumer',
        consumer: consumer.name,
        mark: ledger.mark ?? '',
        after: ledger.restartedAt ?? settledAt(turn),
        fingerprint: wantedFingerprint(turn, direction),
      },
    ]
  })
}

/** Restarts what must be restarted and waits until everything is ready; null once it is. */
export function decideConsumers(turn: Turn, direction: Direction): Next | null {
  const due = turn.rotation.pin.consumers.filter((consumer) => isRestartDue(turn, consumer, direction))
  if (due.length > 0) return restart(turn, due, direction)
  for (const consumer of turn.rotation.pin.consumers) {
    const held = judgeConsumer(turn, consumer, direction)
    if (held) return held
  }
  return null
}

function isRestartDue(turn: Turn, consumer: PinnedConsumer, direction: Direction): boolean {
  const ledger = consumerLedger(turn, consumer.name)
  if (!consumer.restarts) return false
  // Without a write of the new key no consumer can use it; otherwise an instance may have restarted by itself.
  if (direction === 'old' && ledger.direction === undefined && !wasSent(turn)) return false
  return ledger.direction !== direction || (ledger.state === 'untouched' && ledger.nextTryAt <= turn.now)
}

function restart(turn: Turn, consumers: readonly PinnedConsumer[], direction: Direction): Next {
  const effects = consumers.map((consumer) => {
    const ledger = consumerLedger(turn, consumer.name)
    const mark = mintMark(turn.record, turn.rotation)
    set(ledger, {
      mark,
      direction,
      state: 'restarting',
      restartedAt: turn.now,
      tries: ledger.tries + 1,
    })
    delete ledger.proof
    const wanted = { fingerprint: wantedFingerprint(turn, direction), since: settledAt(turn) }
    return { kind: 'restart' as const, mark, consumer: consumer.name, wanted }
  })
  return perform(
    turn,
    effects,
    `restart ${consumers.map((one) => one.name).join(', ')} on the ${direction} key`,
  )
}

function judgeConsumer(turn: Turn, consumer: PinnedConsumer, direction: Direction): Next | null {
  const ledger = consumerLedger(turn, consumer.name)
  if (consumer.restarts && ledger.direction !== direction) return null
  if (ledger.tries > MAX_RESTARTS) {
    return block(
      turn,
      reasons.consumerLags,
      `${consumer.name} could not be restarted: ${ledger.why ?? 'no response'}`,
    )
  }
  if (ledger.state === 'untouched' && consumer.restarts) {
    return wait(
      turn,
      ledger.nextTryAt,
      reasons.consumerLags,
      `${consumer.name}: ${ledger.why ?? 'restart failed'}`,
    )
  }
  const answer = turn.answers.consumers[consumer.name]
  if (!answer) return { do: 'ask' }
  if (answer.is === 'failed') return lag(turn, consumer, answer.failure.message, 'unknown')
  const { readiness } = answer
  if (readiness.is === 'failed') return fail(turn, consumer, direction, readiness.why ?? 'it reports failure')
  if (readiness.is === 'progressing') return lag(turn, consumer, readiness.why ?? 'not ready yet', direction)
  const shown = [readiness.fingerprint ?? [], readiness.otherFingerprints ?? []]
    .flat()
    .find((one) => !showsFingerprint(one, wantedFingerprint(turn, direction)))
  if (shown !== undefined) return judgeEarlyStart(turn, consumer, { direction, shown })
  ledger.state = 'ready'
  delete ledger.why
  prove(turn, ledger, readiness)
  return null
}

/**
 * It started before its place showed the new value, e.g. because an agent rendered the old one: while it shows the other
 * key of this rotation it is restarted again, with growing pauses, as often as a restart that fails.
 */
function judgeEarlyStart(
  turn: Turn,
  consumer: PinnedConsumer,
  { direction, shown }: { direction: Direction; shown: string },
): Next {
  const ledger = consumerLedger(turn, consumer.name)
  const why = `it still uses ${shown}`
  if (!consumer.restarts || !isOtherKey(turn, shown)) return lag(turn, consumer, why, 'unknown')
  const againAt = (ledger.restartedAt ?? turn.now) + restartPauseMs(turn, ledger)
  if (turn.now < againAt) {
    const soon = Math.min(againAt, nextTry(turn.rotation, `consumer:${consumer.name}`, turn.now))
    return wait(
      turn,
      soon,
      reasons.consumerLags,
      `${consumer.name}: ${why}; it is restarted again if that stays so`,
    )
  }
  if (ledger.tries < MAX_RESTARTS) return restart(turn, [consumer], direction)
  return block(
    turn,
    reasons.consumerLags,
    `${consumer.name} was restarted ${ledger.tries} times and ${why}: what renders its config may not have taken the new value. Nothing is revoked until it shows the ${direction} key`,
  )
}

/** An eighth of the time that a consumer has to become ready, then twice as long each time, at most all of it. */
function restartPauseMs({ rotation }: Turn, { tries }: ConsumerLedger): number {
  const { readyLimitMs } = rotation.pin.policy
  return Math.min(readyLimitMs, (readyLimitMs / 8) * 2 ** Math.max(0, tries - 1))
}

/** The old key, or a new one of this rotation: what a start that came too early reads. */
function isOtherKey({ rotation }: Turn, shown: string): boolean {
  return [rotation.old, ...rotation.attempts].some(
    (key) => key?.fingerprint !== undefined && showsFingerprint(shown, key.fingerprint),
  )
}

function wantedFingerprint(turn: Turn, direction: Direction): string {
  return (direction === 'new' ? newFingerprint(turn.rotation) : turn.rotation.old?.fingerprint) ?? ''
}

/** Whether what a consumer reported (the digits of one part, or the whole text) is this key's fingerprint. */
function showsFingerprint(reported: string, fingerprint: string): boolean {
  return reported === fingerprint || fingerprint.split(',').some((part) => part.endsWith(`:${reported}`))
}

/** Being ready does not prove which key a consumer uses; its fingerprint, or a start that was late enough, does. */
function prove(turn: Turn, ledger: ConsumerLedger, readiness: Readiness): void {
  if (readiness.fingerprint) ledger.proof = 'fingerprint'
  else if (startedLater(turn, readiness.oldestStart)) ledger.proof = 'started-later'
  else delete ledger.proof
}

/** A start that lies ahead is of a clock that disagrees with ours, and then "later" means nothing. */
function startedLater(turn: Turn, oldestStart = Number.NEGATIVE_INFINITY): boolean {
  return oldestStart >= settledAt(turn) && oldestStart <= turn.now + CLOCK_TOLERANCE_MS
}

/** Not ready yet: past the limit a restarted consumer has failed; of one that cannot be reached nothing is known. */
function lag(turn: Turn, consumer: PinnedConsumer, why: string, direction: Direction | 'unknown'): Next {
  const ledger = consumerLedger(turn, consumer.name)
  const { policy } = turn.rotation.pin
  const limit =
    (ledger.restartedAt ?? Math.max(settledAt(turn), turn.rotation.stepSince)) + policy.readyLimitMs
  if (turn.now < limit) {
    const soon = Math.min(limit, nextTry(turn.rotation, `consumer:${consumer.name}`, turn.now))
    return wait(turn, soon, reasons.consumerLags, `${consumer.name}: ${why}`)
  }
  if (direction === 'unknown') {
    return block(
      turn,
      reasons.consumerLags,
      `${consumer.name} is not proved to use the key: ${why}. Nothing is revoked until it is`,
    )
  }
  return fail(turn, consumer, direction, `not ready within ${policy.readyLimitMs} ms: ${why}`)
}

function fail(turn: Turn, consumer: PinnedConsumer, direction: Direction, why: string): Next {
  const ledger = consumerLedger(turn, consumer.name)
  set(ledger, { state: 'failed', why })
  delete ledger.proof
  note(turn, 'consumer-failed', `${consumer.name}: ${why}`)
  if (direction === 'old' || turn.rotation.revocation?.intendedAt !== undefined) {
    return block(turn, reasons.consumerFailed, `${consumer.name} fails with the ${direction} key: ${why}`)
  }
  return { do: 'turn-back', why: `${consumer.name} failed with the new key: ${why}`, after: 'end' }
}
