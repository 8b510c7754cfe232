/** Goes on with campaigns whose process is gone, wherever `run` or `serve` works. */
import { type Campaign, isOver } from '../../fleet/campaign.ts'
import type { Chore } from '../chore.ts'
import type { Context } from '../context.ts'
import { driveCampaign } from './drive.ts'
import { changeCampaign, readCampaigns } from './keep.ts'
import { LEASE_MS, takeCampaign } from './lease.ts'

/** How long a process stays with a campaign in which nothing happens. */
const REST_MS = 60_000
/** How often a process that drives one looks for others. */
const LOOK_MS = 5_000

export const campaignChore: Chore = { name: 'campaign', kinds: ['campaign'], work: goOnWithCampaigns }

/**
 * Drives all of them beside each other, and looks for new ones meanwhile: an emergency does not wait for the end of
 * another campaign, nor for one that cannot be driven.
 * @returns when one of them goes on; null: when somebody has changed one.
 */
async function goOnWithCampaigns(context: Context): Promise<number | null> {
  const { clock, stop } = context
  const driven = new Map<string, Promise<void>>()
  const failed: unknown[] = []
  let moments = new Map<string, number>()
  const start = async (id: string) => {
    try {
      moments.set(id, (await goOnWith(context, id)) ?? 0)
    } catch (error) {
      failed.push(error)
      moments.set(id, Number.POSITIVE_INFINITY)
    }
    driven.delete(id)
  }
  for (;;) {
    const { campaigns, damaged } = await readCampaigns(context)
    moments = await momentsOf(context, campaigns, moments)
    if (!stop.aborted)
      for (const { id, state } of campaigns)
        if (state === 'running' && !driven.has(id) && (moments.get(id) ?? 0) <= clock.wallMs())
          driven.set(id, start(id))
    if (driven.size > 0) {
      await waitForOne(context, [...driven.values()])
      continue
    }
    const [error] = [...failed, ...damaged]
    if (error !== undefined) throw error
    const next = [...moments.values()].filter((at) => at > 0)
    return next.length > 0 ? Math.min(...next) : null
  }
}

/** What is known of campaigns that are still there; approvals that came too late are over. */
async function momentsOf(
  context: Context,
  campaigns: readonly Campaign[],
  known: ReadonlyMap<string, number>,
): Promise<Map<string, number>> {
  const moments = new Map<string, number>()
  for (const { id, state, approval } of campaigns) {
    if (state === 'running') moments.set(id, known.get(id) ?? 0)
    if (state !== 'waiting-for-approval' || !approval) continue
    if (approval.until > context.clock.wallMs()) moments.set(id, approval.until)
    else await expire(context, id)
  }
  return moments
}

async function waitForOne({ clock, stop }: Context, driven: readonly Promise<void>[]): Promise<void> {
  // Who is told to stop only waits for what is under way.
  if (stop.aborted) return void (await Promise.all(driven))
  const over = new AbortController()
  await Promise.race([...driven, clock.sleep(LOOK_MS, AbortSignal.any([stop, over.signal]))])
  over.abort()
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
