/** What the record remembers of its keys once a rotation has ended. */
import type { CurrentKey, PastKey, Rotation } from '../../contracts/record.ts'
import type { Turn } from '../words/turn.ts'
import { candidate } from './attempts.ts'
import { showHandedOver } from './handed-over.ts'
import { rememberPast } from './known-keys.ts'

/** Trouble that a new key does not end: with earlier keys, and with the clock. */
const outlasting = ['clock-differs', 'handed-over', 'leaked-key-lives', 'not-retired']

/** The new key is the current one; the old one is an earlier key, with what became of it. */
export function turnOver(turn: Turn): void {
  const { record, rotation, now } = turn
  const made = candidate(rotation)
  if (!made?.fingerprint) throw new Error('a completed rotation has a new key')
  const versions = Object.fromEntries(
    Object.entries(rotation.targets).flatMap(([id, ledger]) =>
      ledger.version ? [[id, ledger.version]] : [],
    ),
  )
  const current: CurrentKey = {
    fingerprint: made.fingerprint,
    name: made.name,
    since: made.at,
    sinceFrom: 'rotation',
    adopted: false,
    versions,
  }
  if (made.ref) current.ref = made.ref
  if (made.seenBy) current.seenBy = made.seenBy
  if (made.accepted) current.accepted = made.accepted
  if (made.expiresAt !== undefined) current.expiresAt = made.expiresAt
  const before = record.current
  record.current = current
  // Whatever was wrong with the key and its targets was so with the old one.
  record.violations = record.violations.filter(({ kind }) => outlasting.some((one) => kind.startsWith(one)))
  if (!rotation.old) return
  const past: PastKey = {
    fingerprint: rotation.old.fingerprint,
    ...(rotation.old.ref ? { ref: rotation.old.ref } : {}),
    rotation: rotation.id,
    ...(before?.seenBy && before.fingerprint === rotation.old.fingerprint ? { seenBy: before.seenBy } : {}),
    state: stateOfOld(rotation),
    ...(rotation.old.accepted ? {} : { neverAccepted: true as const }),
    ...(rotation.handedTo ? { usedBy: rotation.handedTo } : {}),
    ...(rotation.compromised ? { isLeaked: true } : {}),
    until: now,
  }
  rememberPast(record, past)
  if (!rotation.handedTo) return
  const living = record.past
    .filter(({ state }) => state === 'handed-over')
    .map((one) => ({ past: one, names: (one.usedBy ?? []).join(', '), keys: one.usedBy ?? [] }))
  showHandedOver(record, living, now)
}

function stateOfOld({ old, revocation }: Rotation): PastKey['state'] {
  if (old?.isLost && revocation?.state !== 'seen-refused') return 'unknown'
  if (revocation?.state === 'handed-over') return 'handed-over'
  if (!old?.accepted) return 'unknown'
  return revocation?.state === 'seen-refused' ? 'revoked' : 'dead'
}

/** Keys that were created and not kept: a late write may still put one of their values somewhere. */
export function forgetUnused(turn: Turn): void {
  const { record, rotation, now } = turn
  for (const attempt of rotation.attempts) {
    if (!attempt.fingerprint || attempt.fingerprint === record.current?.fingerprint) continue
    if (attempt.state === 'kept') continue
    const state: PastKey['state'] = attempt.state === 'revoked' ? 'revoked' : 'unknown'
    rememberPast(record, {
      fingerprint: attempt.fingerprint,
      ...(attempt.ref ? { ref: attempt.ref } : {}),
      ...(attempt.seenBy ? { seenBy: attempt.seenBy } : {}),
      rotation: rotation.id,
      state,
      until: now,
    })
  }
}

/** The old key stays, in the versions in which it was restored. */
export function keepOld(turn: Turn): void {
  const { record, rotation } = turn
  if (!record.current) return
  for (const [id, ledger] of Object.entries(rotation.targets)) {
    if (ledger.version && ledger.holds === 'old') record.current.versions[id] = ledger.version
  }
}
