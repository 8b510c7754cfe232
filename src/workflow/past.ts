import type { KeyRecord, PastKey } from '../contracts/record.ts'

const MAX_PAST = 20

/** Keeps a key that this record had before, newest first and each once: its value is ours wherever it turns up. */
export function rememberPast(record: KeyRecord, past: PastKey): void {
  const others = record.past.filter((one) => one.fingerprint !== past.fingerprint)
  record.past = [past, ...others].slice(0, MAX_PAST)
}
