/** All chores: `run` does each of them once, `serve` again and again. */

import type { Chore } from './chore.ts'
import type { Context } from './context.ts'
import { campaignChore } from './fleet/chore.ts'
import { makeHeartbeat } from './heartbeat.ts'
import { deliverChore } from './notify/chore.ts'
import { reportCalendars } from './report-calendars.ts'
import { reportChore } from './reports/work-reports.ts'

export type { Chore } from './chore.ts'

/** Each of them once; what goes wrong with one stops no other. */
export async function doChores(context: Context): Promise<{ key: string; error: unknown }[]> {
  const failed: { key: string; error: unknown }[] = []
  for (const { name, work } of chores) {
    try {
      await work(context)
    } catch (error) {
      failed.push({ key: name, error })
    }
  }
  return failed
}

/** In the order in which `run` does them: what the others tell is delivered last. */
const chores: readonly Chore[] = [
  reportChore,
  { name: 'calendars', work: reportCalendars },
  campaignChore,
  { name: 'usage', work: async (context) => (await import('./usage/watch-usage.ts')).watchUsage(context) },
  deliverChore,
]

/** `isGood`: whether the process that serves can do its work. */
export function choresOfServe(isGood: () => boolean): Chore[] {
  return [...chores, makeHeartbeat(isGood)]
}
