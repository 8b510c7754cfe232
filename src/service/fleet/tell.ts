/** What people are told of a campaign: once that it was paused, once what it came to. */
import type { Campaign } from '../../fleet/campaign.ts'
import type { Context } from '../context.ts'

export function tellPause(context: Context, campaign: Campaign): void {
  const { id, halt, counts } = campaign
  context.providers.tell({
    at: context.clock.wallMs(),
    level: 'alarm',
    campaign: id,
    kind: 'campaign-paused',
    message: `the campaign ${id} is paused: ${halt?.why ?? 'asked for'}; ${counts.done} keys are replaced, ${counts.pending} are not begun`,
    command: `keyrota campaign show ${id}`,
  })
}

export function tellResumed(context: Context, { id }: Campaign, by: string): void {
  context.providers.tell({
    at: context.clock.wallMs(),
    level: 'info',
    campaign: id,
    kind: 'campaign-paused',
    isOver: true,
    message: `the campaign ${id} goes on (${by})`,
  })
}

/** The one summary. */
export function tellEnd(context: Context, { id, counts }: Campaign): void {
  const { done, failed, asked, left } = counts
  const open = failed + asked + left
  context.providers.tell({
    at: context.clock.wallMs(),
    level: failed > 0 ? 'alarm' : open > 0 ? 'warning' : 'info',
    campaign: id,
    kind: 'campaign-ended',
    message: `the campaign ${id} has ended: ${done} keys are replaced, ${failed} failed, ${asked} wait for a person, ${left} were left alone`,
    ...(open > 0 ? { command: `keyrota campaign show ${id}` } : {}),
  })
}

export function tellWaits(context: Context, { id, by, plan, digest, approval }: Campaign): void {
  context.providers.tell({
    at: context.clock.wallMs(),
    level: 'alarm',
    campaign: id,
    kind: 'campaign-waits-for-approval',
    message: `${by} wants ${plan.selection} rotated (campaign ${id}); two of ${approval?.from.join(', ') ?? ''} have to approve it`,
    command: `keyrota campaign approve ${id} --digest ${digest}`,
  })
}
