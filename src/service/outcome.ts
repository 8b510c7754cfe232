/** The result of a verb for one key, in the words of exit codes. */
import { isPassing } from '../contracts/errors.ts'
import type { KeyRecord, Sighting } from '../contracts/record.ts'
import type { Attended } from '../engine/attend.ts'
import { reasons } from '../workflow/words/reasons.ts'

/** The result of a verb for one key, for exit codes and machines. `postponed`: asked for, and nothing was done yet. */
export type Result = 'done' | 'waiting' | 'needs-person' | 'unavailable' | 'claimed' | 'postponed'

const passing: readonly string[] = [
  reasons.targetDown,
  reasons.issuerDown,
  reasons.targetLags,
  reasons.probeUnknown,
  reasons.answerLost,
]

/** Done or waiting as planned, a person is needed now, a provider is unavailable, or claimed elsewhere. */
export function resultOf(attended: Attended, now: number): Result {
  const { end, record } = attended
  if (end === 'claimed' || end === 'postponed') return end
  if (end === 'idle') return record && Object.keys(record.places).length > 0 ? resultOfPlaces(record) : 'done'
  if (end === 'ended') return record?.last?.end === 'completed' ? 'done' : 'needs-person'
  return standingOf(record, now)
}

/** Whether a target holds what it should not: something else than the key, or nothing where there is a key. */
export function isDrift(holds: Sighting['holds'] | 'not read', record: KeyRecord | null): boolean {
  return holds === 'foreign' || holds === 'past' || (holds === 'absent' && record?.current != null)
}

/** A key without a running rotation: whether each target can be read and holds what it should. */
function resultOfPlaces(record: KeyRecord): Result {
  if (record.violations.length > 0) return 'needs-person'
  const held = Object.values(record.places).map((place) => place.holds)
  if (held.some((holds) => isDrift(holds, record))) return 'needs-person'
  const failures = Object.values(record.places).flatMap((place) => place.failure ?? [])
  if (failures.some((failure) => !isPassing(failure))) return 'needs-person'
  return held.includes('unreadable') ? 'unavailable' : 'done'
}

function standingOf(record: KeyRecord | null, now: number): Result {
  const rotation = record?.rotation
  if (!rotation) return 'waiting'
  if (rotation.standing === 'blocked') return 'needs-person'
  if (rotation.standing === 'awaiting-operator') {
    return rotation.operator && now >= rotation.operator.deadline ? 'needs-person' : 'waiting'
  }
  return rotation.hold && passing.includes(rotation.hold.reason) ? 'unavailable' : 'waiting'
}
