/** What people do to a campaign that is written down: pause it, let it go on, stop it, approve it. */
import { JournalError, ServiceError } from '../../contracts/errors.ts'
import { readRecords } from '../../engine/all-records.ts'
import { approve } from '../../fleet/approval.ts'
import { type Campaign, isOver, ROWS_IN_PIECE, type Row } from '../../fleet/campaign.ts'
import { digestOf } from '../../fleet/digest.ts'
import { judgeKey } from '../../fleet/key-state.ts'
import type { Context } from '../context.ts'
import { refuseKnownValues } from '../refuse-known-values.ts'
import { changeCampaign, dropDamaged, noteRows, readCampaign, readRows } from './keep.ts'
import { tellResumed } from './tell.ts'

/** Nothing more is begun. @throws ServiceError `nothing-to-do` for one that does not run */
export async function pauseCampaign(
  context: Context,
  id: string,
  by: string,
  why: string,
): Promise<Campaign> {
  await refuseKnownValues(context, [why])
  const at = context.clock.wallMs()
  return steer(context, id, ['running'], (campaign) => {
    campaign.state = 'paused'
    campaign.halt = { at, by, reason: 'asked', why }
  })
}

/**
 * Ends it for good: what is under way goes on, nothing more is begun. One whose document is damaged is taken out of the
 * journal; @returns null then. What the records say of its keys stays.
 */
export async function stopCampaign(
  context: Context,
  id: string,
  by: string,
  why: string,
): Promise<Campaign | null> {
  await refuseKnownValues(context, [why])
  const at = context.clock.wallMs()
  try {
    return await steer(context, id, ['running', 'paused', 'waiting-for-approval'], (campaign) => {
      campaign.state = 'stopped'
      campaign.endedAt = at
      campaign.halt = { at, by, reason: 'asked', why }
    })
  } catch (error) {
    if (!(error instanceof JournalError) || error.code !== 'corrupt') throw error
    await dropDamaged(context, id)
    return null
  }
}

/**
 * Lets a paused campaign go on. What has failed so far is known to the person: it is tried again where its rotation has
 * ended, and opens the breaker no more. One that runs already is only gone on with.
 */
export async function resumeCampaign(context: Context, id: string, by: string): Promise<Campaign> {
  const campaign = await readCampaign(context, id)
  if (campaign.state === 'running') return campaign
  if (campaign.state === 'paused') await acknowledgeFailures(context, campaign)
  let isResumed = false
  const after = await steer(context, id, ['paused', 'running'], (now) => {
    isResumed = now.state === 'paused'
    now.state = 'running'
    delete now.halt
  })
  if (isResumed) tellResumed(context, after, by)
  return after
}

async function acknowledgeFailures(context: Context, campaign: Campaign): Promise<void> {
  const records = await readRecords(context.journal)
  const rows = await readRows(context, campaign)
  const notes = new Map<number, Map<string, Row>>()
  const now = context.clock.wallMs()
  for (const [at, row] of rows.entries()) {
    const record = records.get(row.key)
    const isInConfig = context.keys.has(row.key)
    const { stuckAfterMs } = campaign.plan
    const judged = judgeKey({ campaign: campaign.id, row, record, isInConfig, now, stuckAfterMs })
    if (judged.state !== 'failed') continue
    const piece = Math.floor(at / ROWS_IN_PIECE)
    const inPiece = notes.get(piece) ?? new Map<string, Row>()
    notes.set(piece, inPiece)
    const { refused: _, ...kept } = row
    inPiece.set(row.key, { ...kept, ...(judged.rotation ? { acknowledged: judged.rotation } : {}) })
  }
  for (const [piece, news] of notes) await noteRows(context, campaign, piece, news)
}

/** @returns the campaign and how many approvals are missing. @throws ServiceError `refused` when this one does not count */
export async function approveCampaign(
  context: Context,
  id: string,
  by: string,
): Promise<{ campaign: Campaign; missing: number }> {
  const seen = await readCampaign(context, id)
  const digest = digestOf(seen.plan, await readRows(context, seen))
  let missing = 0
  const campaign = await changeCampaign(context, id, (now) => {
    const approved = approve(now, { by, now: context.clock.wallMs(), digest })
    if (approved.is === 'refused')
      throw new ServiceError('refused', `${id}: ${approved.why}`, `See: keyrota campaign show ${id}`)
    missing = approved.missing
    return true
  })
  return { campaign, missing }
}

async function steer(
  context: Context,
  id: string,
  states: readonly Campaign['state'][],
  change: (campaign: Campaign) => void,
): Promise<Campaign> {
  return changeCampaign(context, id, (campaign) => {
    if (!states.includes(campaign.state)) {
      const what = isOver(campaign) ? 'has ended' : `is ${campaign.state}`
      throw new ServiceError(
        'nothing-to-do',
        `the campaign ${id} ${what}`,
        `See: keyrota campaign show ${id}`,
      )
    }
    change(campaign)
    return true
  })
}
