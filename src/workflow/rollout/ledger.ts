import type { Effect, PinnedTarget, TargetLedger, WriteEntry } from '../../contracts/record.ts'
import type { ValueShape } from '../../contracts/value-shape.ts'
import { mintMark, newFingerprint } from '../keys/attempts.ts'
import type { TargetReading } from '../words/questions.ts'
import { set } from '../words/set.ts'
import type { Turn } from '../words/turn.ts'

/** Writes of one target, in one rotation, before a person looks. */
export const MAX_WRITES = 50

export function newLedger(): TargetLedger {
  return { baseline: null, writes: [], holds: 'unread', tries: 0, nextTryAt: 0 }
}

/** The ledger of one target, created when it is first needed. */
export function ledgerOf(turn: Turn, id: string): TargetLedger {
  const known = turn.rotation.targets[id]
  if (known) return known
  const made = newLedger()
  turn.rotation.targets[id] = made
  return made
}

export function lastWrite(ledger: TargetLedger): WriteEntry | undefined {
  return ledger.writes.at(-1)
}

/** Until when a write without an answer may still take effect in this target; 0: all have an answer. */
export function openUntil(ledger: TargetLedger): number {
  return Math.max(
    0,
    ...ledger.writes.filter((write) => write.state === 'unknown').map((write) => write.landsBy),
  )
}

/** Whether this target held the new key when last read; one that cannot be read: whether it confirmed the write. */
export function holdsNew(turn: Turn, target: PinnedTarget): boolean {
  const ledger = ledgerOf(turn, target.id)
  if (target.traits.readable) return ledger.holds === 'new'
  const write = lastWrite(ledger)
  return write?.state === 'done' && write.fingerprint === newFingerprint(turn.rotation)
}

/** Whether the new key was ever sent here: what was sent may have taken effect, whatever the answer was. */
export function everSent(ledger: TargetLedger): boolean {
  return ledger.writes.some((write) => write.purpose === 'deploy' && write.state !== 'not-done')
}

export interface Seen {
  /** `stale`: the version that our confirmed write replaced; `rewritten`: the old value in a version not written by us. */
  is: 'old' | 'new' | 'ours' | 'absent' | 'foreign' | 'stale' | 'rewritten' | 'failed'
  fingerprint?: string
  version?: string
  writer?: string
  shape?: ValueShape
}

/**
 * Records one reading in the ledger and returns what it means. Keys of earlier attempts of this rotation are `ours`.
 * A failed reading leaves what is known as it was.
 */
export function observe(turn: Turn, target: PinnedTarget, reading: TargetReading | undefined): Seen {
  const ledger = ledgerOf(turn, target.id)
  if (!reading || reading.is === 'failed') return { is: 'failed' }
  if (reading.is === 'absent') return observeAbsent(ledger)
  const { fingerprint, version, writer, shape } = reading
  const { rotation } = turn
  const place = { fingerprint, version, ...(writer ? { writer } : {}), ...(shape ? { shape } : {}) }
  if (fingerprint === newFingerprint(rotation)) {
    settleWrites(ledger, fingerprint, version)
    set(ledger, { holds: 'new', version, baseline: version })
    ledger.readBackAt ??= turn.now
    return { is: 'new', ...place }
  }
  const readBackAt = ledger.readBackAt ?? turn.now
  delete ledger.readBackAt
  if (fingerprint === rotation.old?.fingerprint) return observeOld(ledger, place, readBackAt)
  const ours = rotation.attempts.some((attempt) => attempt.fingerprint === fingerprint)
  ledger.holds = ours ? 'new' : 'foreign'
  if (ours) set(ledger, { version, baseline: version })
  return { is: ours ? 'ours' : 'foreign', ...place }
}

function observeAbsent(ledger: TargetLedger): Seen {
  delete ledger.readBackAt
  ledger.holds = 'absent'
  if (ledger.baseline === null) ledger.baseline = 'absent'
  return { is: ledger.baseline === 'absent' || !lastWrite(ledger) ? 'absent' : 'foreign' }
}

function observeOld(
  ledger: TargetLedger,
  place: { fingerprint: string; version: string },
  readBackAt: number,
): Seen {
  const write = lastWrite(ledger)
  ledger.holds = 'old'
  if (write?.fingerprint === place.fingerprint) {
    settleWrites(ledger, place.fingerprint, place.version)
    if (write.state !== 'unknown') set(ledger, { version: place.version, baseline: place.version })
    // Since it was written back it was never seen to hold anything else: the first look counts.
    if (write.state === 'done') ledger.readBackAt = readBackAt
    return { is: 'old', ...place }
  }
  if (write?.state === 'done')
    return { is: place.version === ledger.oldVersion ? 'stale' : 'rewritten', ...place }
  // The last write is open and may yet take effect, so the version it replaces stays the baseline until then.
  if (write?.state === 'unknown') ledger.oldVersion ??= place.version
  else takeOld(ledger, place.version)
  return { is: 'old', ...place }
}

/** The target holds the old value in this version: the next write replaces it, and in the end it is retired. */
export function takeOld(ledger: TargetLedger, version: string): void {
  set(ledger, { version, baseline: version, oldVersion: version })
}

/** A read proves that an open write of this fingerprint happened. */
function settleWrites(ledger: TargetLedger, fingerprint: string, version: string): void {
  const write = lastWrite(ledger)
  if (write?.state !== 'unknown' || write.fingerprint !== fingerprint || write.replaces === version) return
  set(write, { state: 'done', version })
}

/** Opens a write of `fingerprint` over the ledger's baseline. @returns the effect that sends it. */
export function openWrite(
  turn: Turn,
  target: PinnedTarget,
  fingerprint: string,
  purpose: WriteEntry['purpose'],
): Effect {
  const ledger = ledgerOf(turn, target.id)
  const mark = mintMark(turn.record, turn.rotation)
  const replaces = ledger.baseline ?? 'absent'
  ledger.writes.push({ mark, purpose, fingerprint, replaces, state: 'sent', at: turn.now, landsBy: 0 })
  ledger.tries += 1
  delete ledger.failure
  delete ledger.readBackAt
  return { kind: 'write', mark, target: target.id, fingerprint, replaces, purpose }
}

/** The drift in words, with its writer as far as the store reports one. */
export function describeDrift(target: PinnedTarget, seen: Seen, mark?: string): string {
  const by = (mark ? `, marked ${mark}` : '') + (seen.writer ? `, written by ${seen.writer}` : '')
  return `${target.id} holds ${seen.fingerprint ?? 'nothing'}${seen.version ? ` (version ${seen.version}${by})` : ''}, which this rotation did not write`
}

/** From when on readers of every store see what was written last, counted from its read-back. */
export function settledAt(turn: Turn): number {
  const times = turn.rotation.pin.targets.map((target) => {
    const ledger = ledgerOf(turn, target.id)
    return (ledger.readBackAt ?? lastWrite(ledger)?.at ?? 0) + target.traits.settleMs
  })
  return Math.max(0, ...times)
}
