/** Changes the record of one key and nothing else: no provider is asked, no rotation is driven. */
import type { AuditEntry } from '../contracts/journal.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { claimKey } from './claimed-key.ts'
import type { EngineContext } from './context.ts'
import { refuseForeign } from './installation.ts'

const LEASE_MS = 60_000

/**
 * Claims the key, makes the change, commits it with its lines of the trail, and lets the key go. Without a line
 * nothing has changed, and nothing is committed.
 * @returns the record, or `claimed` while another process works on the key.
 */
export async function amend(
  context: EngineContext,
  name: string,
  change: (record: KeyRecord, now: number) => readonly AuditEntry[],
  patienceMs = 0,
): Promise<KeyRecord | 'claimed'> {
  const { journal, clock, holder, stop: signal } = context
  const leaseMs = context.keys.get(name)?.leaseMs ?? LEASE_MS
  const claimed = await claimKey(journal, name, { holder, leaseMs, patienceMs, signal, clock })
  if (!claimed) return 'claimed'
  try {
    const record = await claimed.recordOr(context.installation)
    refuseForeign(record, context.installation)
    const audit = change(record, claimed.now())
    if (audit.length === 0) return record
    await claimed.commit({ record: structuredClone(record), audit, release: true })
    context.watch?.committed?.(audit)
    return record
  } finally {
    await claimed.release()
  }
}
