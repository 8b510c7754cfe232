/** What a verb came to for one key: one table from the key's situation to a result, and so to an exit code. */
import { isPassing } from '../contracts/errors.ts'
import type { KeyRecord, RotationEnd, Sighting } from '../contracts/record.ts'
import type { Attended } from '../engine/attend.ts'
import { reasons } from '../workflow/words/reasons.ts'

/** The result of a verb for one key, for exit codes and machines. */
export type Result = 'done' | 'waiting' | 'needs-person' | 'unavailable' | 'postponed' | 'claimed'

/** Everything that decides about the result, as classes: the table is tested with every combination. */
export interface Situation {
  end: Attended['end']
  /** Of the rotation that runs. `passing`: a provider holds it up. */
  standing: 'none' | 'planned' | 'passing' | 'person' | 'person-late' | 'blocked'
  /** How the rotation ended just now. */
  ended: RotationEnd | null
  /** The last rotation ended the old key by a deadline, while a consumer may still have used it. */
  broken: boolean
  debts: boolean
  /** Other trouble on record that needs a person. */
  violations: boolean
  /** What the targets held at the last look, without a running rotation. */
  places: 'fine' | 'drift' | 'denied' | 'down'
  /** A person asked for a rotation. */
  asked: boolean
}

interface Row {
  name: string
  is(situation: Situation): boolean
  result: Result
}

/** The first row that applies decides. What needs a person comes before what passes by itself. */
export const rows: readonly Row[] = [
  { name: 'another process works on it', is: ({ end }) => end === 'claimed', result: 'claimed' },
  { name: 'blocked', is: ({ standing }) => standing === 'blocked', result: 'needs-person' },
  { name: 'a person is late', is: ({ standing }) => standing === 'person-late', result: 'needs-person' },
  {
    name: 'not completed',
    is: ({ ended }) => ended !== null && ended !== 'completed',
    result: 'needs-person',
  },
  { name: 'a consumer may be broken', is: ({ broken }) => broken, result: 'needs-person' },
  { name: 'a key has to be deleted', is: ({ debts }) => debts, result: 'needs-person' },
  { name: 'other trouble', is: ({ violations }) => violations, result: 'needs-person' },
  {
    name: 'a target is wrong or refuses',
    is: ({ places }) => places === 'drift' || places === 'denied',
    result: 'needs-person',
  },
  { name: 'a provider holds it up', is: ({ standing }) => standing === 'passing', result: 'unavailable' },
  { name: 'a target is down', is: ({ places }) => places === 'down', result: 'unavailable' },
  {
    name: 'asked for and not begun',
    is: ({ asked, end, standing }) => asked && end === 'waiting' && standing === 'none',
    result: 'postponed',
  },
  {
    name: 'waits as planned',
    is: ({ standing, end }) => standing !== 'none' || end === 'waiting' || end === 'standing',
    result: 'waiting',
  },
  { name: 'done', is: () => true, result: 'done' },
]

/** The result of a verb for one key. `asked`: a person asked for a rotation, so that none is not good enough. */
export function resultOf(attended: Attended, now: number, asked = false): Result {
  return judge(situationOf(attended, now, asked))
}

/** The result of the first row that applies. */
export function judge(situation: Situation): Result {
  return rows.find((row) => row.is(situation))?.result ?? 'done'
}

export function situationOf({ end, record }: Attended, now: number, asked: boolean): Situation {
  const ended = end === 'ended' ? (record?.last?.end ?? null) : null
  return {
    end,
    standing: standingOf(record, now),
    ended,
    broken: !record?.rotation && isBroken(record),
    debts: (record?.debts.length ?? 0) > 0,
    violations: (record?.violations ?? []).some(needsPerson),
    places: record && !record.rotation ? judgePlaces(record) : 'fine',
    asked,
  }
}

/** The last rotation ended by a deadline: a consumer may hold the dead key. */
export function isBroken(record: KeyRecord | null): boolean {
  return (record?.last?.exceptions ?? []).some(({ kind }) => kind === 'kill-by')
}

/**
 * An earlier version that stays in a store is of a dead key, and a key that was handed over ends with the rotation of
 * another: both are shown, but nobody has to act.
 */
function needsPerson({ kind }: KeyRecord['violations'][number]): boolean {
  return !kind.startsWith('not-retired') && kind !== 'handed-over'
}

/** Whether a target holds what it should not: something else than the key, or nothing where there is a key. */
export function isDrift(holds: Sighting['holds'] | 'not read', record: KeyRecord | null): boolean {
  return holds === 'foreign' || holds === 'past' || (holds === 'absent' && record?.current != null)
}

function judgePlaces(record: KeyRecord): Situation['places'] {
  const places = Object.values(record.places)
  if (places.some(({ holds }) => isDrift(holds, record))) return 'drift'
  const failures = places.flatMap(({ failure }) => failure ?? [])
  if (failures.some((failure) => !isPassing(failure))) return 'denied'
  return places.some(({ holds }) => holds === 'unreadable') ? 'down' : 'fine'
}

const passing: readonly string[] = [
  reasons.targetDown,
  reasons.issuerDown,
  reasons.targetLags,
  reasons.probeUnknown,
  reasons.answerLost,
]

function standingOf(record: KeyRecord | null, now: number): Situation['standing'] {
  const rotation = record?.rotation
  if (!rotation) return 'none'
  if (rotation.standing === 'blocked') return 'blocked'
  if (rotation.standing === 'awaiting-operator') {
    return rotation.operator && now >= rotation.operator.deadline ? 'person-late' : 'person'
  }
  return rotation.hold && passing.includes(rotation.hold.reason) ? 'passing' : 'planned'
}
