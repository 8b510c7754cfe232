/** Tells the watcher how long a rotation was in each step, as the journal has it. */
import type { KeyRecord, Step } from '../contracts/record.ts'
import type { ClaimAtHand } from './at-hand.ts'

/** The step that the journal has, and since when; undefined: no rotation. */
export type At = { step: Step; since: number; rotation: string } | undefined

export function stepOf({ rotation }: KeyRecord): At {
  return rotation ? { step: rotation.step, since: rotation.stepSince, rotation: rotation.id } : undefined
}

/** Tells which step was left with a commit. @returns the step that the journal has now. */
export function tellStep(hand: ClaimAtHand, before: At, record: KeyRecord): At {
  const now = stepOf(record)
  if (before !== undefined && before.step !== now?.step)
    hand.watch?.leftStep?.(before.step, Math.max(0, hand.now() - before.since), {
      key: record.key,
      rotation: before.rotation,
    })
  return now
}
