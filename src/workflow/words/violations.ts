import type { KeyRecord, ViolationKind } from '../../contracts/record.ts'

/** Shows one kind of trouble, or clears it when `detail` is null. */
export function setViolation(
  record: KeyRecord,
  kind: ViolationKind,
  detail: string | null,
  now: number,
): void {
  const known = record.violations.find((one) => one.kind === kind)
  if (known && detail === known.detail) return
  record.violations = record.violations.filter((one) => one.kind !== kind)
  if (detail) record.violations.push({ kind, detail, since: now })
}
