/** What a campaign has come to, from the journal alone. */
import type { KeyRecord } from '../../contracts/record.ts'
import { readRecords } from '../../engine/all-records.ts'
import type { Campaign } from '../../fleet/campaign.ts'
import { type Judged, judgeKey } from '../../fleet/key-state.ts'
import { type CampaignReport, makeReport, type ReportedKey } from '../../fleet/report.ts'
import type { Context } from '../context.ts'
import { readCampaign, readRows } from './keep.ts'

type Asking = Pick<Context, 'journal' | 'clock' | 'keys'>

export async function showCampaign(context: Asking, id: string): Promise<CampaignReport> {
  const campaign = await readCampaign(context, id)
  const rows = await readRows(context, campaign)
  const records = await readRecords(context.journal)
  const now = context.clock.wallMs()
  const { stuckAfterMs } = campaign.plan
  const shown = []
  for (const row of rows) {
    const record = records.get(row.key)
    const config = context.keys.get(row.key)
    const about = { campaign: id, row, record, isInConfig: config !== undefined, now, stuckAfterMs }
    const judged = judgeKey(about)
    const replaced = await replacedIn(context, campaign, judged, record)
    shown.push({ row, judged, owner: config?.owner ?? null, replaced })
  }
  return makeReport(campaign, shown)
}

/** The old key as it ended: of the present record, or of that which was kept when the rotation ended. */
async function replacedIn(
  { journal }: Asking,
  { id }: Campaign,
  { state, rotation }: Judged,
  record: KeyRecord | undefined,
): Promise<ReportedKey['replaced']> {
  if (state !== 'done' || rotation === undefined) return null
  const isPresent = record?.last?.campaign === id && record.last.id === rotation && !record.rotation
  const kept = isPresent ? record : await journal.finished(rotation)
  if (!kept) return null
  const old = kept.past.find((past) => past.rotation === rotation) ?? kept.past[0]
  return {
    from: old?.fingerprint ?? null,
    to: kept.current?.fingerprint ?? null,
    oldIs: old?.state ?? 'unknown',
  }
}
