import type { PinnedTarget } from '../../contracts/record.ts'
import { canBeKey, describeShape, isResolvedElsewhere, type ValueShape } from '../../contracts/value-shape.ts'
import { oweOnce } from '../keys/known-keys.ts'
import { confirmationOf } from '../words/confirmations.ts'
import { reasons } from '../words/reasons.ts'
import { block, isConfirmed, type Next, type Turn } from '../words/turn.ts'

/**
 * A target holds what cannot be a key by its shape (RULES.md 13). What another program resolves is never written over,
 * whatever was confirmed; anything else only on a person's word. Null: the shape is no obstacle, or not any more.
 */
export function judgeShape(turn: Turn, target: PinnedTarget, shape: ValueShape | undefined): Next | null {
  if (shape === undefined || canBeKey(shape)) return null
  const holds = `${target.id} holds ${describeShape(shape)}, not a key`
  if (isResolvedElsewhere(shape)) {
    return block(
      turn,
      reasons.notAKey,
      `${holds}. Keyrota does not write over it: the key is kept where another program takes it from. ` +
        'Make that place the target, or put the key itself here, or empty the field',
    )
  }
  const needs = confirmationOf('overwrite', shape)
  if (isConfirmed(turn.rotation, needs)) return null
  return block(
    turn,
    reasons.notAKey,
    `${holds}. Put the key that is in use there, or have the value overwritten (overwrite)`,
    { needs },
  )
}

/** A short value may be a live key all the same; its fingerprint would reveal it, so the debt is known by its place. */
export function oweShape(turn: Turn, target: PinnedTarget, shape: ValueShape): void {
  if (shape !== 'too-short') return
  oweOnce(turn, { name: `the short value of ${target.id}`, why: `it was in ${target.id}` })
}
