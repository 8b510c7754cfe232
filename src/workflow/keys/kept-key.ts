import type { Attempt, KeptKey, Rotation } from '../../contracts/record.ts'
import type { Turn } from '../words/turn.ts'
import { setViolation } from '../words/violations.ts'
import { sayTime } from './deadline.ts'

/**
 * At the end of a rotation: a key that stays the issuer's current one without being used is remembered, with the end of
 * the key in use, until a rotation has put it, or a later one, in its place.
 */
export function rememberKept(turn: Turn): void {
  const { record, rotation, now } = turn
  const made = rotation.attempts.findLast((attempt) => attempt.state === 'kept')
  const isReplaced = rotation.attempts.some((attempt) => attempt.state === 'issued')
  if (made?.fingerprint !== undefined) record.kept = keptFrom(rotation, made, made.fingerprint)
  else if (isReplaced) delete record.kept
  const { current, kept } = record
  const { old } = rotation
  const isOldInUse = current !== null && current.fingerprint === old?.fingerprint
  if (isOldInUse && old.diesAt !== undefined) current.expiresAt = old.diesAt
  const ends =
    current?.expiresAt === undefined
      ? 'with the next one that is created'
      : `at ${sayTime(current.expiresAt, now)}`
  const detail = kept
    ? `the key in use was replaced at ${rotation.pin.issuer.name} by ${kept.fingerprint}, which was rolled back (${kept.why}); the key in use ends ${ends}. Remove the cause and rotate: the rotation continues with that key`
    : null
  setViolation(record, 'replaced-in-use', detail, now)
}

function keptFrom(rotation: Rotation, made: Attempt, fingerprint: string): KeptKey {
  const versions = Object.entries(rotation.targets).flatMap(([id, { writes }]) => {
    const written = writes.findLast((write) => write.fingerprint === fingerprint && write.version)
    return written?.version ? [[id, written.version]] : []
  })
  return {
    name: made.name,
    fingerprint,
    ...(made.ref ? { ref: made.ref } : {}),
    since: made.at,
    ...(made.expiresAt === undefined ? {} : { expiresAt: made.expiresAt }),
    rotation: rotation.id,
    why: made.why ?? 'not used',
    versions: Object.fromEntries(versions),
  }
}
