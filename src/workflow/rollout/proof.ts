import type { ConsumerLedger, PinnedConsumer } from '../../contracts/record.ts'
import { reasons } from '../words/reasons.ts'
import { set } from '../words/set.ts'
import { block, isConfirmed, type Next, note, type Turn, wait } from '../words/turn.ts'
import { everSent, settledAt } from './ledger.ts'

export type Direction = 'new' | 'old'

export function consumerLedger(turn: Turn, name: string): ConsumerLedger {
  const known = turn.rotation.consumers[name]
  if (known) return known
  const made: ConsumerLedger = { state: 'untouched', tries: 0, nextTryAt: 0 }
  turn.rotation.consumers[name] = made
  return made
}

/** Whether any target may hold, or have held, the new key. */
export function wasSent(turn: Turn): boolean {
  return Object.values(turn.rotation.targets).some(everSent)
}

/** Targets get a new version of the value: consumers that were proved on an earlier one have to be proved again. */
export function voidProofs(turn: Turn): void {
  forgetMoved(turn)
  for (const ledger of Object.values(turn.rotation.consumers)) {
    if (ledger.direction !== 'new') continue
    set(ledger, { state: 'untouched', nextTryAt: 0 })
    delete ledger.proof
  }
}

/** That consumers have moved was confirmed for what was written and configured then, not for anything later. */
export function forgetMoved(turn: Turn): void {
  const { rotation } = turn
  rotation.confirmed = rotation.confirmed.filter((said) => said.what !== 'moved')
}

/** Without proof the rotation waits for a person, or for the declared `quietFor`, which is recorded as assumed. */
export function judgeProof(turn: Turn, direction: Direction): Next | null {
  const { rotation, now } = turn
  const unproven = unprovenConsumers(turn)
  const word = direction === 'new' ? 'moved' : 'moved-back'
  if (unproven.length === 0 || isConfirmed(rotation, word)) return null
  const { quietForMs } = rotation.pin.policy
  const names = unproven.join(', ')
  if (quietForMs === undefined) {
    return block(
      turn,
      reasons.unproven,
      `nothing proves that the consumers of ${names} use the ${direction} key`,
      { needs: word },
    )
  }
  const until = settledAt(turn) + quietForMs
  if (now < until)
    return wait(turn, until, reasons.unproven, `${names} cannot be proved; waiting for the declared quietFor`)
  const kind = direction === 'new' ? 'assumed' : 'assumed-back'
  if (!rotation.exceptions.some((one) => one.kind === kind)) {
    rotation.exceptions.push({ at: now, kind, detail: `${names}: quietFor has passed` })
    note(turn, 'assumed', `${names} count as moved: quietFor has passed without proof`)
  }
  return null
}

/** Whether this consumer was put on the new key, as far as that is ours to do. */
export function runsOnNew(turn: Turn, consumer: PinnedConsumer): boolean {
  const ledger = consumerLedger(turn, consumer.name)
  return !consumer.restarts || (ledger.direction === 'new' && ledger.state === 'ready')
}

/** Consumers, or targets without any, for which nothing proves which key they use. */
export function unprovenConsumers(turn: Turn): string[] {
  const { consumers } = turn.rotation.pin
  if (consumers.length === 0) return turn.rotation.pin.targets.map((target) => target.id)
  return consumers
    .filter((consumer) => !consumerLedger(turn, consumer.name).proof)
    .map((consumer) => consumer.name)
}
