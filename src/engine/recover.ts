/** What a process that was killed left open. */
import type { AuditEntry } from '../contracts/journal.ts'
import type { NotifyEvent } from '../contracts/notifier.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { outcomesOfCrash } from '../workflow/outcomes.ts'
import { applyResults } from '../workflow/workflow.ts'
import { settleOf } from './perform.ts'

/** Closes what an earlier process left open: the outcome of each such call is unknown, and it may still take effect until its quiet time is over. */
export function recoverIntents(
  record: KeyRecord,
  now: number,
): { record: KeyRecord; audit: AuditEntry[]; events: NotifyEvent[] } | null {
  const pin = record.rotation?.pin
  if (!pin || record.rotation?.intents.length === 0) return null
  return applyResults(
    record,
    outcomesOfCrash(record, (effect) => settleOf(pin, effect)),
    now,
  )
}
