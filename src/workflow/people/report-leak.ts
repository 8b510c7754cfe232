import type { AuditEntry } from '../../contracts/journal.ts'
import type { KeyRecord, Rotation } from '../../contracts/record.ts'
import { livingOld, newFingerprint } from '../keys/attempts.ts'
import { rulesOf } from '../keys/lifecycle.ts'
import { set } from '../words/set.ts'
import { turnBack } from './confirm.ts'

export interface Compromised {
  leaked: 'old' | 'new' | 'both'
  /** Milliseconds since 1970: the old key is revoked then, even if it is still in use. */
  killBy?: number
  why?: string
}

/**
 * A key was reported leaked while a rotation of it runs. `old` ends the overlap, `new` rolls back and makes another
 * key, `both` continues without overlap and leaves the key due at once. Without a rotation it becomes a request for
 * one. @returns entries for the audit trail.
 */
export function joinCompromised(record: KeyRecord, report: Compromised, now: number): AuditEntry[] {
  const { rotation } = record
  if (!rotation) return [request(record, report, now)]
  const joined = rotation.compromised
  // A key created after the report did not leak with the one before it.
  const leaked = newFingerprint(rotation) === undefined ? 'old' : worse(joined?.leaked, report.leaked)
  const killBy = earlier(joined?.killBy, report.killBy)
  rotation.compromised = {
    leaked: leaked === 'new' && !canTurnBack(rotation) ? 'both' : leaked,
    ...(killBy === undefined ? {} : { killBy }),
    ...(report.why ? { why: report.why } : {}),
  }
  const kept = rotation.compromised
  if (kept.leaked === 'new') return [leakedNew(record, rotation, now)]
  if (rotation.overlapUntil !== undefined) rotation.overlapUntil = Math.min(rotation.overlapUntil, now)
  return [say(record, now, `reported leaked (${kept.leaked}): the overlap ends now${sayDeadline(killBy)}`)]
}

/** The old key is sound, so it is restored; if the new one was not sent anywhere yet it is only given up. */
function leakedNew(record: KeyRecord, rotation: Rotation, now: number): AuditEntry {
  const why = 'the new key was reported leaked'
  if (rotation.step !== 'create') turnBack(rotation, now, why, 'another')
  else {
    const last = rotation.attempts.at(-1)
    if (last) set(last, { state: 'orphan', why })
    rotation.streaks = {}
  }
  delete rotation.compromised
  return say(record, now, `${why}: rolling back, then another key is created`)
}

/** Whether the new key can still be given up for the old one. */
function canTurnBack(rotation: Rotation): boolean {
  // Another key would end the sound one at once, with every consumer on it: forward, and then another rotation.
  if (rulesOf(rotation).createAgain === 'ends-old') return false
  const isEnding = rotation.revocation?.intendedAt !== undefined || rotation.ending !== undefined
  return !isEnding && rotation.step !== 'rollback' && livingOld(rotation) !== undefined
}

function worse(one: Compromised['leaked'] | undefined, other: Compromised['leaked']): Compromised['leaked'] {
  return one === undefined || one === other ? other : 'both'
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return Math.min(one, other)
}

function request(record: KeyRecord, report: Compromised, now: number): AuditEntry {
  // Nothing is being replaced: the key that is there is the one that leaked.
  record.request = {
    reason: 'compromised',
    leaked: 'old',
    at: now,
    ...(report.killBy === undefined ? {} : { killBy: report.killBy }),
    ...(report.why ? { why: report.why } : {}),
  }
  return say(record, now, `reported leaked: due at once${sayDeadline(report.killBy)}`)
}

function sayDeadline(killBy: number | undefined): string {
  return killBy === undefined ? '' : `; the old key is revoked by ${new Date(killBy).toISOString()}`
}

function say(record: KeyRecord, at: number, text: string): AuditEntry {
  const rotation = record.rotation ? { rotation: record.rotation.id } : {}
  return { at, key: record.key, ...rotation, kind: 'compromised', text }
}
