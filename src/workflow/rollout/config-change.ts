import { confirmationOf } from '../words/confirmations.ts'
import { reasons } from '../words/reasons.ts'
import { block, isConfirmed, type Next, note, type Turn } from '../words/turn.ts'
import { newLedger } from './ledger.ts'
import { forgetMoved } from './proof.ts'

/**
 * What was removed from the config is dropped once a person has confirmed that it no longer uses the key. That a
 * consumer of it may still use the old key is recorded as a declared exception.
 */
export function dropRemoved(turn: Turn): void {
  const { rotation, answers, now } = turn
  const { pin } = rotation
  const { present } = answers
  if (!present) return
  const isGone = (name: string, there: readonly string[]) =>
    !there.includes(name) && isConfirmed(rotation, confirmationOf('removed', name))
  const ids = present.targets.map((target) => target.id)
  const names = present.consumers.map((consumer) => consumer.name)
  const gone = [
    ...pin.targets.map((target) => target.id).filter((id) => isGone(id, ids)),
    ...pin.consumers.map((consumer) => consumer.name).filter((name) => isGone(name, names)),
  ]
  if (gone.length === 0) return
  pin.targets = pin.targets.filter((target) => !gone.includes(target.id))
  pin.consumers = pin.consumers.filter((consumer) => !gone.includes(consumer.name))
  const detail = `${gone.join(', ')} was removed from the config and is no longer looked at`
  rotation.exceptions.push({ at: now, kind: 'removed', detail })
  note(turn, 'exception', detail)
}

/**
 * Evidence counts for the pinned and the present config together. What was added gets the new key
 * too; what was removed or renamed needs a confirmation, since nobody looks at it any more.
 */
export function judgeConfig(turn: Turn): Next | null {
  const { pin } = turn.rotation
  const { present } = turn.answers
  if (!present) {
    return isConfirmed(turn.rotation, 'removed-key')
      ? null
      : block(turn, reasons.configChanged, `${turn.record.key} is no longer in the config`, {
          needs: 'removed-key',
        })
  }
  dropRemoved(turn)
  const ids = new Set(present.targets.map((target) => target.id))
  const names = new Set(present.consumers.map((consumer) => consumer.name))
  const gone = [
    ...pin.targets.filter((target) => !ids.has(target.id)).map((target) => target.id),
    ...pin.consumers.filter((consumer) => !names.has(consumer.name)).map((consumer) => consumer.name),
  ][0]
  if (gone !== undefined) {
    return block(
      turn,
      reasons.configChanged,
      `${gone} is pinned by this rotation but no longer in the config; it may still use the old key`,
      {
        needs: confirmationOf('removed', gone),
      },
    )
  }
  return takeIn(turn)
}

function takeIn(turn: Turn): Next | null {
  const { pin, targets } = turn.rotation
  const present = turn.answers.present
  if (!present) return null
  const newTargets = present.targets.filter((target) => !pin.targets.some((one) => one.id === target.id))
  const newConsumers = present.consumers.filter(
    (consumer) => !pin.consumers.some((one) => one.name === consumer.name),
  )
  if (newTargets.length + newConsumers.length === 0) return null
  for (const target of newTargets) targets[target.id] = newLedger()
  forgetMoved(turn)
  pin.targets.push(...newTargets)
  pin.consumers.push(...newConsumers)
  const names = [...newTargets.map((one) => one.id), ...newConsumers.map((one) => one.name)].join(', ')
  note(
    turn,
    'config-changed',
    `${names} was added to the config: it gets the new key before anything is revoked`,
  )
  return { do: 'enter', step: 'deploy', why: 'a target or consumer was added to the config', after: 'commit' }
}
