import type { KeyRecord, ViolationKind } from '../../contracts/record.ts'

/**
 * Shows one kind of trouble, or clears it when `detail` is null. `command`: what a person runs, where that is not the
 * same for every trouble of the kind.
 */
export function setViolation(
  record: KeyRecord,
  kind: ViolationKind,
  detail: string | null,
  now: number,
  command?: string,
): void {
  const known = record.violations.find((one) => one.kind === kind)
  if (known && detail === known.detail && command === known.command) return
  record.violations = record.violations.filter((one) => one.kind !== kind)
  if (detail) record.violations.push({ kind, detail, since: now, ...(command ? { command } : {}) })
}
