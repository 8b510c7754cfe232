/** All chores: `run` does each of them once, `serve` again and again. */

import type { Chore } from './chore.ts'
import type { Context } from './context.ts'
import { campaignChore } from './fleet/chore.ts'
import { makeHeartbeat } from './heartbeat.ts'
import { deliverChore } from './notify/chore.ts'
import { reportCalendars } from './report-calendars.ts'
import { reportChore } from './reports/work-reports.ts'

export type { Chore } from './chore.ts'

/**
 * Each of them once, beside each other: a campaign may take long, and an alarm does not wait for its end. What they have
 * told meanwhile is delivered last. What goes wrong with one stops no other.
 */
export async function doChores(
  context: Context,
  { all, last }: { all: readonly Chore[]; last: Chore } = { all: chores, last: deliverChore },
): Promise<{ key: string; error: unknown }[]> {
  const failed = await Promise.all(all.map((chore) => attempt(chore, context)))
  const atEnd = await attempt(last, context)
  // Its second try says how it is now.
  return [...failed.filter((one) => one?.key !== last.name), atEnd].filter((one) => one !== null)
}

async function attempt(
  { name, work }: Chore,
  context: Context,
): Promise<{ key: string; error: unknown } | null> {
  try {
    await work(context)
    return null
  } catch (error) {
    return { key: name, error }
  }
}

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
