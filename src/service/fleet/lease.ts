/** One process drives a campaign. It shows by a number that grows that it is alive; who saw it stand still goes on. */
import type { Campaign } from '../../fleet/campaign.ts'
import type { Context } from '../context.ts'
import { changeCampaign, readCampaign } from './keep.ts'

/** How often a driver shows that it is alive. */
export const BEAT_MS = 5_000
/** Who has not moved for so long, on the clock of the one who looks, is gone. */
export const LEASE_MS = 30_000
const LOOK_MS = 1_000

/** `held`: another process drives it. `not-running`: it is over, paused, or waits for approval. */
export type Taken = Campaign | 'held' | 'not-running'

/**
 * Makes this process the driver: at once where there is none, or where it is known to be gone, else after it was seen
 * unchanged for its lease.
 */
export async function takeCampaign(context: Context, id: string): Promise<Taken> {
  const seen = await readCampaign(context, id)
  if (seen.state !== 'running') return 'not-running'
  if (isFree(context, seen)) return take(context, id, seen.worker?.beat)
  const until = context.clock.monotonicMs() + LEASE_MS
  while (context.clock.monotonicMs() < until && !context.stop.aborted) {
    await context.clock.sleep(LOOK_MS, context.stop)
    const now = await readCampaign(context, id)
    if (now.state !== 'running') return 'not-running'
    if (isFree(context, now)) return take(context, id, now.worker?.beat)
    if (now.worker?.beat !== seen.worker?.beat || now.worker?.holder !== seen.worker?.holder) return 'held'
  }
  return context.stop.aborted ? 'held' : take(context, id, seen.worker?.beat)
}

function isFree({ isProcessGone, holder }: Context, { worker }: Campaign): boolean {
  return worker === null || worker.holder === holder || isProcessGone?.(worker.holder) === true
}

/** Two who want it at the same time: the second one finds another number. */
async function take(context: Context, id: string, beat: number | undefined): Promise<Taken> {
  let isTaken = false
  const campaign = await changeCampaign(context, id, (now) => {
    isTaken = now.state === 'running' && (now.worker?.beat ?? undefined) === beat
    if (!isTaken) return false
    now.worker = { holder: context.holder, beat: (beat ?? 0) + 1 }
    now.startedAt ??= context.clock.wallMs()
    return true
  })
  if (isTaken) return campaign
  return campaign.state === 'running' ? 'held' : 'not-running'
}

/** Shows that this process is alive. @returns the campaign; `lost`: another process drives it. */
export async function beat(
  context: Context,
  id: string,
  change: (campaign: Campaign) => void,
): Promise<Campaign | 'lost'> {
  let isLost = false
  const campaign = await changeCampaign(context, id, (now) => {
    isLost = now.worker?.holder !== context.holder
    if (isLost || !now.worker) return false
    now.worker = { holder: context.holder, beat: now.worker.beat + 1 }
    change(now)
    return true
  })
  return isLost ? 'lost' : campaign
}

/** Lets it go, so that another process takes it up at once. */
export async function letGo(
  context: Context,
  id: string,
  change: (campaign: Campaign) => void,
): Promise<Campaign> {
  return changeCampaign(context, id, (now) => {
    if (now.worker?.holder !== context.holder) return false
    now.worker = null
    change(now)
    return true
  })
}
