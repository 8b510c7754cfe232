/** The gauges of single keys, brought up to date for a scrape. */
import type { KeyConfig } from '../contracts/config.ts'
import type { Summarize } from '../contracts/key-summary.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { createFactsOf, type KeyFacts } from './key-facts.ts'
import { type MetricRow, metricTable } from './metric-table.ts'
import type { Gauges } from './metrics.ts'

const MS = 1_000
/** Beyond so many keys, the series of all of them would cost a scraper more than they are worth. */
const MOST_KEYS = 10_000

const perKey = [
  metricTable.keyInfo,
  metricTable.nextRotation,
  metricTable.keyAge,
  metricTable.keyOverdue,
  metricTable.keyExpiration,
  metricTable.rotationStart,
  metricTable.keyCompromised,
  metricTable.keyKillBy,
  metricTable.keyState,
  metricTable.blocked,
  metricTable.drift,
  metricTable.debts,
]

export interface KnownKey {
  name: string
  config: KeyConfig | undefined
  record: KeyRecord | undefined
}

/** @returns what sets all of them to how the keys are now; `limit`: how many keys have series of their own. */
export function createKeyGauges(summarize: Summarize, limit = MOST_KEYS) {
  const factsOf = createFactsOf(summarize)
  return (gauges: Gauges, keys: readonly KnownKey[], now: number): void => {
    for (const row of perKey) gauges.reset(row)
    const blocked = new Map<string, number>()
    let overdue = 0
    for (const [index, { name, config, record }] of keys.entries()) {
      const facts = record && factsOf(record, config, now)
      const { blockedFor, overdueFrom } = facts ?? {}
      if (overdueFrom && overdueFrom < now) overdue += 1
      if (blockedFor) blocked.set(blockedFor, (blocked.get(blockedFor) ?? 0) + 1)
      if (index >= limit) continue
      setInfo(gauges, name, config)
      setFacts(gauges, name, facts, now)
    }
    for (const [reason, count] of blocked) gauges.set(metricTable.blocked, { reason }, count)
    gauges.set(metricTable.overdueKeys, {}, overdue)
    gauges.set(metricTable.keysLeftOut, {}, Math.max(0, keys.length - limit))
  }
}

function setInfo(gauges: Gauges, key: string, config: KeyConfig | undefined): void {
  if (!config) return
  const { environment, service, owner, issuer } = config
  gauges.set(metricTable.keyInfo, { key, environment, service, owner, issuer }, 1)
}

function setFacts(gauges: Gauges, key: string, facts: KeyFacts | undefined, now: number): void {
  gauges.set(metricTable.keyState, { key, state: facts?.state ?? 'New' }, 1)
  if (!facts) return
  const { since, overdueFrom, rotation, isDrifted, debts } = facts
  const setTime = (row: MetricRow, at: number | null, labels = {}) => {
    if (at !== null) gauges.set(row, { key, ...labels }, at / MS)
  }
  if (since !== null) gauges.set(metricTable.keyAge, { key }, Math.max(0, now - since) / MS)
  setTime(metricTable.nextRotation, facts.nextRotationAt)
  setTime(metricTable.keyExpiration, facts.expiresAt)
  if (rotation) setTime(metricTable.rotationStart, rotation.startedAt, { step: rotation.step })
  setTime(metricTable.keyCompromised, facts.compromisedAt)
  setTime(metricTable.keyKillBy, facts.killBy)
  gauges.set(metricTable.keyOverdue, { key }, Math.max(0, now - (overdueFrom ?? now)) / MS)
  gauges.set(metricTable.drift, { key }, isDrifted ? 1 : 0)
  gauges.set(metricTable.debts, { key }, debts)
}
