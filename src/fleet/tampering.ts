/** What was approved is what is done, also if somebody has changed the documents since. */
import { APPROVALS_NEEDED, countGiven } from './approval.ts'
import type { Campaign, Row } from './campaign.ts'
import { digestOf } from './digest.ts'

/** Why this campaign must not be driven as it stands; null: it may. */
export function findTampering(campaign: Campaign, rows: readonly Row[]): string | null {
  if (digestOf(campaign.plan, rows) !== campaign.digest)
    return 'its plan or its keys are not those that it was started with'
  if (campaign.approval && countGiven(campaign) < APPROVALS_NEEDED)
    return 'two persons have to approve it, and have not'
  return null
}
