/** Whether two persons have agreed to a campaign, and to exactly this one. */
import type { FleetRules } from '../contracts/config.ts'
import { isSamePerson } from '../contracts/person.ts'
import type { Campaign } from './campaign.ts'

export const APPROVALS_NEEDED = 2

/** Whether the config wants approval for such a campaign. */
export function needsApproval(rules: FleetRules, about: { isBreakGlass: boolean }): boolean {
  const wanted = rules.approval?.for ?? []
  return wanted.includes('all') || (about.isBreakGlass && wanted.includes('break-glass'))
}

/** The approval as it begins: who starts a campaign has agreed to it, if that person may. */
export function beginApproval(
  { from, withinMs }: NonNullable<FleetRules['approval']>,
  about: { by: string; now: number; digest: string },
): NonNullable<Campaign['approval']> {
  const { by, now, digest } = about
  return { from, until: now + withinMs, given: isAmong(from, by) ? [{ by, at: now, digest }] : [] }
}

export type Approved =
  | { readonly is: 'taken'; readonly missing: number }
  | { readonly is: 'refused'; readonly why: string }

/** Adds a person's word to the campaign, unless it does not count. */
export function approve(
  campaign: Campaign,
  { by, now, digest }: { by: string; now: number; digest: string },
): Approved {
  const { approval, state } = campaign
  if (state !== 'waiting-for-approval' || !approval)
    return refuse(`it does not wait for approval: it is ${state}`)
  if (now >= approval.until) return refuse('the time for its approval is over; start it again')
  if (!isAmong(approval.from, by))
    return refuse(`${by} is not among those who may approve it: ${approval.from.join(', ')}`)
  if (digest !== campaign.digest) return refuse('its keys or its plan are not what was started; stop it')
  if (approval.given.some((one) => isSamePerson(one.by, by)))
    return refuse(`${by} has approved it already; another person has to`)
  approval.given.push({ by, at: now, digest })
  const missing = Math.max(0, APPROVALS_NEEDED - countGiven(campaign))
  if (missing === 0) campaign.state = 'running'
  return { is: 'taken', missing }
}

/** Different persons who have approved what is there now. */
export function countGiven({ approval, digest }: Campaign): number {
  const valid = (approval?.given ?? []).filter(
    (one) => one.digest === digest && isAmong(approval?.from ?? [], one.by),
  )
  // One person who is written in two ways is one.
  return valid.filter(({ by }, at) => valid.findIndex((one) => isSamePerson(one.by, by)) === at).length
}

function isAmong(persons: readonly string[], by: string): boolean {
  return persons.some((one) => isSamePerson(one, by))
}

function refuse(why: string): Approved {
  return { is: 'refused', why }
}
