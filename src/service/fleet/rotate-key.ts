/** One key of a campaign: its rotation is begun, joined, or gone on with; the record alone says which. */
import { JournalError, ProviderError, ServiceError } from '../../contracts/errors.ts'
import type { AuditEntry } from '../../contracts/journal.ts'
import type { KeyRecord } from '../../contracts/record.ts'
import { type Attended, attend } from '../../engine/attend.ts'
import { newRotationId } from '../../engine/rotation-id.ts'
import type { Campaign, Order, Row } from '../../fleet/campaign.ts'
import type { StartRequest } from '../../workflow/between/start.ts'
import { joinCompromised } from '../../workflow/people/report-leak.ts'
import type { Context } from '../context.ts'

/** A claim is kept so long for waiting alone, so that a person's command gets in. */
const HOLD_MS = 30_000
const MAX_WORDS = 200

export type Worked =
  | { readonly is: 'attended'; readonly attended: Attended }
  /** It cannot be begun, and trying again changes nothing. */
  | { readonly is: 'refused'; readonly why: string }
  /** The journal did not answer. */
  | { readonly is: 'later' }

/**
 * Rotates the key for the campaign, unless its record shows that this was done or has failed. A rotation that runs
 * already becomes the campaign's; for leaked keys it is told so.
 */
export async function rotateKey(context: Context, campaign: Campaign, row: Row): Promise<Worked> {
  try {
    const attended = await attend({ ...context, holdMs: HOLD_MS }, row.key, {
      takeOver: false,
      change: (record, now) => join(record, campaign, now),
      start: (record, now) => startOf(context, { campaign, row, record, now }),
    })
    return { is: 'attended', attended }
  } catch (error) {
    if (error instanceof JournalError && (error.code === 'unavailable' || error.code === 'lost-claim'))
      return { is: 'later' }
    return { is: 'refused', why: clip(describe(error)) }
  }
}

/** The text of an unexpected error may hold anything. */
function describe(error: unknown): string {
  const isOurs =
    error instanceof ServiceError || error instanceof ProviderError || error instanceof JournalError
  if (isOurs) return error.message
  return `internal error (${error instanceof Error ? error.name : typeof error})`
}

function clip(text: string): string {
  return text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS)}…` : text
}

function join(record: KeyRecord, { id, plan }: Campaign, now: number): AuditEntry[] {
  const { rotation, key } = record
  if (!rotation || rotation.campaign === id) return []
  const audit =
    plan.order.reason === 'compromised' ? joinCompromised(record, leakOf(plan.order, now), now) : []
  // It may have been turned back by that.
  if (!record.rotation) return audit
  record.rotation.campaign = id
  const text = `the campaign ${id} waits for this rotation, which was running already`
  return [...audit, { at: now, key, rotation: rotation.id, kind: 'campaign', text }]
}

function leakOf({ leaked = 'both', killAfterMs, why }: Order, now: number) {
  return {
    leaked,
    ...(killAfterMs === undefined ? {} : { killBy: now + killAfterMs }),
    ...(why ? { why } : {}),
  }
}

/** A rotation of this campaign that has ended is not made a second time, unless a person let it be tried again. */
function startOf(
  context: Context,
  { campaign, row, record, now }: { campaign: Campaign; row: Row; record: KeyRecord; now: number },
): Omit<StartRequest, 'pin'> | null {
  const { last } = record
  const { id, plan } = campaign
  const isFollowUp = record.request?.campaign === id
  const isDone = last?.campaign === id && last.id !== row.acknowledged && !last.isStopped
  if (isDone && !isFollowUp) return null
  const { order } = plan
  const why = `campaign ${id}${order.why ? `: ${order.why}` : ''}`
  const about = { id: newRotationId(context, now), campaign: id, why }
  if (order.reason !== 'compromised') return { ...about, reason: 'asked' }
  return { ...about, reason: 'compromised', compromised: { ...leakOf(order, now), why } }
}
