import type { Acceptance } from '../../contracts/acceptance.ts'
import { describeShape } from '../../contracts/value-shape.ts'
import { confirmationOf } from '../words/confirmations.ts'
import { reasons } from '../words/reasons.ts'
import { block, isConfirmed, type Next, note, type Turn } from '../words/turn.ts'
import { describeAnswer, describeProbe } from './verdicts.ts'

/** Keeps that the probe of this turn accepted the key, with its control: a later refusal means that the key has died. */
export function noteAccepted(turn: Turn, fingerprint: string): void {
  const { probe } = turn.answers
  if (!probe) return
  const key = describeAnswer(probe.subjects[fingerprint])
  keepAcceptance(turn, fingerprint, {
    at: turn.now,
    by: 'probe',
    controls: { key, garbage: describeAnswer(probe.garbage) },
  })
}

/** Keeps an acceptance with the key wherever the record names it. */
export function keepAcceptance({ rotation, record }: Turn, fingerprint: string, accepted: Acceptance): void {
  for (const one of [rotation.old, record.current, ...rotation.attempts])
    if (one?.fingerprint === fingerprint) one.accepted = accepted
}

/**
 * The old key was refused throughout the settle time (RULES.md 13). It is dead if it was ever seen accepted. A value
 * that never was may be anything: it is written over only when a person knows that nothing works by it.
 */
export function judgeRefusedOld(turn: Turn): Next | null {
  const { rotation, answers } = turn
  const { old } = rotation
  if (!old) return null
  const needs = confirmationOf('dead', old.fingerprint)
  if (!old.accepted && !isConfirmed(rotation, needs))
    return block(turn, reasons.neverAccepted, explainRefused(turn, old.fingerprint), { needs })
  old.dead = true
  const why = old.accepted ? 'it was accepted before' : 'a person has confirmed that nothing works by it'
  note(
    turn,
    'verdict',
    `the old key is refused from the start, and ${why}: forward only`,
    describeProbe(answers.probe, old.fingerprint),
  )
  return null
}

function explainRefused({ rotation, answers }: Turn, fingerprint: string): string {
  const held = Object.entries(answers.targets).filter(
    ([, reading]) => reading.is === 'value' && reading.fingerprint === fingerprint,
  )
  const places = held.map(([id]) => id).join(', ') || 'a target'
  const shape = held.flatMap(([, reading]) => (reading.is === 'value' ? (reading.shape ?? []) : []))[0]
  const looks = shape ? ` It looks like ${describeShape(shape)}; Keyrota decodes and unwraps nothing.` : ''
  return (
    `${places}: the issuer ${rotation.pin.issuer.name} refuses this value (${fingerprint}; ` +
    `${describeAnswer(answers.probe?.subjects[fingerprint])}) and was never seen to accept it, so it is not known to ` +
    `be a key that died, and the key in use may be another one.${looks} Nothing was created. Put the key that is in ` +
    'use there. Only if no consumer uses this value, nor a key that it refers to, confirm that it is dead: it is ' +
    'written over then, and no other key is revoked'
  )
}

/** What a completed rotation may say of the key before: that it is gone only of one that was seen to work. */
export function describeCompleted({ rotation }: Turn, sharedWith?: string): string {
  if (sharedWith)
    return `the new key is in every target; the old one is shared: still used by ${sharedWith}, and revoked when that one has moved`
  if (!rotation.old) return 'the first key is in every target'
  if (rotation.old.accepted) return 'the new key is in every target and the old one is revoked'
  return (
    'the new key is in every target. The value that it replaces was never seen to be accepted: ' +
    'if it stood for a key, that key was not revoked'
  )
}
