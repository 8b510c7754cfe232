import type { Attempt, Debt, KeyRecord, PastKey } from '../../contracts/record.ts'
import type { Turn } from '../words/turn.ts'

/** Lists a live key that nobody uses as a debt, which a person has to delete; each key once. */
export function oweOnce(turn: Turn, about: Pick<Debt, 'name' | 'fingerprint' | 'ref' | 'why'>): void {
  const { record, rotation, now } = turn
  const known = record.debts.some(
    (debt) =>
      debt.name === about.name && debt.fingerprint === about.fingerprint && debt.ref?.id === about.ref?.id,
  )
  if (!known) record.debts.push({ ...about, rotation: rotation.id, since: now })
}

/** The same for a key that this rotation created or asked for. */
export function oweAttempt(turn: Turn, attempt: Attempt, why: string): void {
  oweOnce(turn, {
    name: attempt.ref?.name ?? attempt.name,
    ...(attempt.fingerprint ? { fingerprint: attempt.fingerprint } : {}),
    ...(attempt.ref ? { ref: attempt.ref } : {}),
    why,
  })
}

const MAX_PAST = 20

/** Keeps a key that this record had before, newest first and each once: its value is ours wherever it turns up. */
export function rememberPast(record: KeyRecord, past: PastKey): void {
  const others = record.past.filter((one) => one.fingerprint !== past.fingerprint)
  record.past = [past, ...others].slice(0, MAX_PAST)
}

/** An earlier key that we saw the issuer refuse: neither somebody else's value nor one that can be gone back to. */
export function isKnownDead(record: KeyRecord, fingerprint: string): boolean {
  const past = record.past.find((one) => one.fingerprint === fingerprint)
  return past?.state === 'revoked' || past?.state === 'dead'
}
