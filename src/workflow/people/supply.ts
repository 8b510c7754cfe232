import type { KeyRecord } from '../../contracts/record.ts'
import { candidate } from '../keys/attempts.ts'

/** `debt`: the refused value is a live key as far as anybody knows, and is on the list of what to delete now. */
export type Supplied = { ok: true } | { refused: string; debt?: true }

/**
 * Takes a value that a person made at the issuer, known here by its fingerprint. The first accepted one wins; it
 * counts as issued under the name that was asked for, and is committed as that before it is probed. A value that is
 * known already is refused; one that comes too late is owed for, since it lives at the issuer and nobody uses it.
 */
export function acceptSupply(record: KeyRecord, fingerprint: string, now: number): Supplied {
  const known = whoIs(record, fingerprint)
  if (known) return { refused: `this value is ${known}; create a new key and supply that` }
  const { rotation } = record
  const last = rotation && candidate(rotation)
  if (rotation && last?.state === 'issued' && last.fingerprint === fingerprint)
    return { refused: 'this value was supplied already and is being used' }
  const asked = rotation?.step === 'create' && !rotation.rollback ? rotation.operator : undefined
  if (!rotation || last?.state === 'issued' || asked?.kind !== 'create') {
    owe(record, fingerprint, now)
    return {
      refused: `nobody waits for a key of ${record.key} now; delete the one you made (fingerprint ${fingerprint})`,
      debt: true,
    }
  }
  const mark = asked.name.slice(`keyrota-${record.key}-`.length)
  rotation.attempts.push({ mark, name: asked.name, state: 'issued', fingerprint, at: now, landsBy: 0 })
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
    why: 'supplied when nobody waited for it',
    since: now,
  })
}
