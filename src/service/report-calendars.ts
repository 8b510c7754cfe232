/** Tells people of calendars that cannot tell: nothing fails then, and rotations just do not come. */
import type { Context } from './context.ts'

const AGAIN_MS = 900_000
const KIND = 'calendar-cannot-tell'

/** One event for all of them: a thousand keys may name the same calendar. */
export async function reportCalendars({
  keys,
  clock,
  providers,
}: Pick<Context, 'keys' | 'clock' | 'providers'>): Promise<number | null> {
  const named = [...keys.values()].filter(({ blackouts = [] }) => blackouts.length > 0)
  if (named.length === 0) return null
  const at = clock.wallMs()
  const held = named.flatMap(({ closures = [] }) =>
    closures.filter(({ from, to }) => from <= at && to === Number.POSITIVE_INFINITY),
  )
  const whys = [...new Set(held.map(({ why }) => why))]
  const message = `${whys.slice(0, 3).join('; ')}: ${held.length} keys are not rotated by themselves`
  if (whys.length === 0)
    providers.tell({ at, level: 'info', kind: KIND, message: 'all calendars can be read', isOver: true })
  else providers.tell({ at, level: 'warning', kind: KIND, message, command: 'keyrota check' })
  return at + AGAIN_MS
}
