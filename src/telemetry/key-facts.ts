/** What the metrics say of one key, from its record and the config. */
import type { KeyConfig } from '../contracts/config.ts'
import type { KeyState, Summarize } from '../contracts/key-summary.ts'
import type { KeyRecord, Step } from '../contracts/record.ts'
import { findOverdue, reportedLeaked } from '../service/overdue.ts'

export interface KeyFacts {
  state: KeyState
  /** All times are milliseconds since 1970; null: none. */
  nextRotationAt: number | null
  since: number | null
  /** Since when the key in use should have been replaced, in the future while it need not be; null: never. */
  overdueFrom: number | null
  expiresAt: number | null
  rotation: { step: Step; startedAt: number } | null
  /** When it was reported leaked, and the deadline that was set; null: it was not, or its rotation has ended. */
  compromisedAt: number | null
  killBy: number | null
  blockedFor: string | null
  isDrifted: boolean
  debts: number
}

interface Remembered {
  config: KeyConfig | undefined
  facts: KeyFacts
}

/**
 * Facts of a key that change only with its record, its config and the passing of its next moment: at each scrape only
 * those are found out again. What is remembered goes with the record.
 */
export function createFactsOf(summarize: Summarize) {
  const remembered = new WeakMap<KeyRecord, Remembered>()
  return (record: KeyRecord, config: KeyConfig | undefined, now: number): KeyFacts => {
    const known = remembered.get(record)
    const isPast = (known?.facts.nextRotationAt ?? now + 1) <= now
    if (known && known.config === config && !isPast) return known.facts
    const facts = findFacts(record, config, summarize, now)
    remembered.set(record, { config, facts })
    return facts
  }
}

function findFacts(
  record: KeyRecord,
  config: KeyConfig | undefined,
  summarize: Summarize,
  now: number,
): KeyFacts {
  const { state, nextRotationAt, currentSince, expiresAt, conditions, debts } = summarize(record, now)
  const { rotation, request } = record
  return {
    state,
    nextRotationAt,
    since: currentSince,
    overdueFrom: findOverdue(record, config),
    expiresAt,
    rotation,
    compromisedAt: reportedLeaked(record),
    killBy: rotation?.compromised?.killBy ?? request?.killBy ?? null,
    blockedFor: rotation?.standing === 'blocked' ? (rotation.hold?.reason ?? 'unknown') : null,
    isDrifted: conditions.some(({ type, status }) => type === 'Drifted' && status === 'True'),
    debts,
  }
}
