/** Goes on with campaigns whose process is gone, wherever `run` or `serve` works. */
import { type Campaign, isOver } from '../../fleet/campaign.ts'
import type { Chore } from '../chore.ts'
import type { Context } from '../context.ts'
import { driveCampaign } from './drive.ts'
import { changeCampaign, listCampaigns } from './keep.ts'
import { LEASE_MS, takeCampaign } from './lease.ts'

/** How long a process stays with a campaign in which nothing happens. */
const REST_MS = 60_000

export const campaignChore: Chore = { name: 'campaign', kinds: ['campaign'], work: goOnWithCampaigns }

/**
 * @returns when one of them goes on; null: when somebody has changed one.
 * @throws what went wrong with the first that failed, once the others were gone on with
 */
async function goOnWithCampaigns(context: Context): Promise<number | null> {
  const moments: number[] = []
  const errors: unknown[] = []
  for (const campaign of await listCampaigns(context, (error) => errors.push(error))) {
    if (context.stop.aborted) break
    try {
      const next = await lookAt(context, campaign)
      if (next !== null) moments.push(next)
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
  return moments.length > 0 ? Math.min(...moments) : null
}

async function lookAt(context: Context, { id, state, approval }: Campaign): Promise<number | null> {
  if (state === 'running') return goOnWith(context, id)
  if (state !== 'waiting-for-approval' || !approval) return null
  if (approval.until > context.clock.wallMs()) return approval.until
  await expire(context, id)
  return null
}

async function goOnWith(context: Context, id: string): Promise<number | null> {
  const taken = await takeCampaign(context, id)
  if (taken === 'not-running') return null
  if (taken === 'held') return context.clock.wallMs() + LEASE_MS
  const { nextAt } = await driveCampaign(context, taken, { restMs: Math.min(REST_MS, context.waitMs) })
  return nextAt
}

/** What nobody has approved in time is not begun later by surprise. */
async function expire(context: Context, id: string): Promise<void> {
  const now = context.clock.wallMs()
  await changeCampaign(context, id, (campaign) => {
    const isLate = campaign.state === 'waiting-for-approval' && (campaign.approval?.until ?? 0) <= now
    if (!isLate || isOver(campaign)) return false
    campaign.state = 'stopped'
    campaign.endedAt = now
    campaign.halt = { at: now, by: 'keyrota', reason: 'asked', why: 'it was not approved in time' }
    return true
  })
}
