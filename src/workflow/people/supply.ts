import type { KeyRecord } from '../../contracts/record.ts'
import { candidate } from '../keys/attempts.ts'

/** `debt`: the refused value is a live key as far as anybody knows, and is on the list of what to delete now. */
export type Supplied = { ok: true } | { refused: string; debt?: true }

/**
 * Accepts a key that a person created at the issuer, given by its fingerprint. The first one wins: it counts as issued
 * under the name that was asked for, and is committed before it is probed. A known value is refused; one that comes too
 * late becomes a debt, since it is valid at the issuer and nobody uses it. `seenBy`: through whose hands it went.
 */
export function acceptSupply(
  record: KeyRecord,
  fingerprint: string,
  now: number,
  seenBy: readonly string[] = [],
): Supplied {
  const known = whoIs(record, fingerprint)
  if (known) return { refused: `this value is ${known}; create a new key and supply that` }
  const { rotation } = record
  const last = rotation && candidate(rotation)
  if (rotation && last?.state === 'issued' && last.fingerprint === fingerprint)
    return { refused: 'this value was already supplied and is being used' }
  const asked = rotation?.step === 'create' && !rotation.rollback ? rotation.operator : undefined
  if (!rotation || last?.state === 'issued' || asked?.kind !== 'create') {
    owe(record, fingerprint, now)
    return {
      refused: `${record.key} is not waiting for a key now; delete the one you created (fingerprint ${fingerprint})`,
      debt: true,
    }
  }
  const mark = asked.name.slice(`keyrota-${record.key}-`.length)
  rotation.attempts.push({
    ...{ mark, name: asked.name, state: 'issued', fingerprint, at: now, landsBy: 0 },
    ...(seenBy.length > 0 ? { seenBy: [...seenBy] } : {}),
  })
  rotation.progressAt = now
  rotation.streaks = {}
  return { ok: true }
}

/** A value that cannot be the new key: it is, or was, another one of this record. */
function whoIs(record: KeyRecord, fingerprint: string): string | null {
  if (fingerprint === record.current?.fingerprint || fingerprint === record.rotation?.old?.fingerprint)
    return 'the key that is in use'
  if (record.past.some((past) => past.fingerprint === fingerprint)) return 'an earlier key'
  return record.debts.some((debt) => debt.fingerprint === fingerprint) ? 'a key that is to be deleted' : null
}

function owe(record: KeyRecord, fingerprint: string, now: number): void {
  record.debts.push({
    name: `the key ${fingerprint}`,
    fingerprint,
    rotation: record.rotation?.id ?? record.last?.id ?? 'none',
    why: 'supplied when no rotation was waiting for it',
    since: now,
  })
}
