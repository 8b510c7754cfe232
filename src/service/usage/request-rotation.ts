/**
 * Puts a rotation on record because the use of a key looks wrong. Whoever can write into what a meter reads could have
 * keys rotated, so that this is bounded: once a day for a key, and a small part of all keys in a day.
 */
import type { KeyConfig } from '../../contracts/config.ts'
import type { Finding } from '../../contracts/usage.ts'
import { amend } from '../../engine/amend.ts'
import { changeOrRenew } from '../../engine/change-document.ts'
import { joinCompromised } from '../../workflow/people/report-leak.ts'
import type { Context } from '../context.ts'
import { readFindings } from './documents.ts'

const DAY_MS = 86_400_000
const LEAST_A_DAY = 3
const PART_A_DAY = 0.05
const ROTATED = { kind: 'meter', name: 'rotations.day' }

interface Rotated {
  schema: 1
  at: number[]
}

export type Requested =
  | { is: 'asked'; at: number; text: string }
  /** Somebody else works on the key: at the next look. */
  | { is: 'later'; text: string }
  | { is: 'refused'; text: string }

export async function requestRotation(
  context: Context,
  key: KeyConfig,
  findings: readonly Finding[],
): Promise<Requested> {
  const now = context.clock.wallMs()
  if (key.observe) return { is: 'refused', text: 'it is only observed, so that nothing is rotated' }
  const { rotatedAt } = (await readFindings(context, key.name)) ?? {}
  if (rotatedAt !== undefined && isWithinDay(rotatedAt, now))
    return { is: 'refused', text: 'it was rotated for its use within a day already' }
  if (!(await takeShare(context, now)))
    return { is: 'refused', text: 'as many keys as may be were rotated for their use within a day' }
  const why = findings
    .map(({ kind, text }) => `${kind}: ${text}`)
    .join('; ')
    .slice(0, 500)
  let isNew = false
  const changed = await amend(context, key.name, (record, at) => {
    // A rotation of a leaked key already runs, or is asked for.
    isNew = !record.rotation?.compromised && record.request?.reason !== 'compromised'
    return isNew ? joinCompromised(record, { leaked: 'old', why }, at) : []
  })
  // What was not asked for uses nothing up, however often it is tried.
  if (changed === 'claimed' || !isNew) await giveBack(context, now)
  if (changed === 'claimed') return { is: 'later', text: 'its rotation is asked for as soon as it is free' }
  return {
    is: 'asked',
    at: now,
    text: isNew ? 'its rotation as compromised is on record' : 'its rotation is under way',
  }
}

/** At most a twentieth of all keys, and at least three, in a day; shared by all processes. */
async function takeShare({ journal, clock, random, keys }: Context, now: number): Promise<boolean> {
  const most = Math.max(LEAST_A_DAY, Math.floor(PART_A_DAY * keys.size))
  let isTaken = false
  await changeOrRenew<Rotated>({ documents: journal.documents, clock, random }, ROTATED, (before) => {
    const at = (before?.at ?? []).filter((one) => isWithinDay(one, now))
    isTaken = at.length < most
    return isTaken ? { schema: 1, at: [...at, now] } : undefined
  })
  return isTaken
}

async function giveBack({ journal, clock, random }: Context, at: number): Promise<void> {
  await changeOrRenew<Rotated>({ documents: journal.documents, clock, random }, ROTATED, (before) => {
    const index = before?.at.lastIndexOf(at) ?? -1
    return before && index >= 0 ? { ...before, at: before.at.toSpliced(index, 1) } : undefined
  })
}

/** A time far ahead was written by a clock that was set since. */
function isWithinDay(at: number, now: number): boolean {
  return Math.abs(now - at) < DAY_MS
}
