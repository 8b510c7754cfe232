/** What a campaign is known by: whoever approves it approves exactly these keys in this order, in this way. */
import { createHash } from 'node:crypto'
import type { CampaignPlan, Row } from './campaign.ts'

/** 16 hex digits over the plan and the keys; what comes of a key later is not part of it. */
export function digestOf(plan: CampaignPlan, rows: readonly Row[]): string {
  const told = JSON.stringify([sortFields(plan), rows.map(({ key, group }) => [key, group])])
  return createHash('sha256').update(told).digest('hex').slice(0, 16)
}

/** A journal may give the fields back in another order. */
function sortFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortFields)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return fields.map(([name, field]) => [name, sortFields(field)])
}
