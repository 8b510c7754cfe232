/** What `check` says of the blackouts of a key: whether they can be read, and whether they leave it an opening. */
import { formatMinute } from '../contracts/closures.ts'
import type { KeyConfig } from '../contracts/config.ts'
import { formatDuration, roundLength } from '../contracts/duration.ts'
import { longestShutMs } from '../schedule/openings.ts'
import type { Finding } from './check-sharing.ts'

export function reportBlackouts(key: KeyConfig, now: number): Finding[] {
  const { blackouts = [], closures = [] } = key
  if (blackouts.length === 0) return []
  const about = { key: key.name, place: `blackouts ${blackouts.join(', ')}` }
  const endless = closures.find(({ from, to }) => from <= now && to === Number.POSITIVE_INFINITY)
  if (endless) {
    const nextStep =
      'Correct the calendar. Until then only what a person asks for starts, and what would expire otherwise.'
    return [{ ...about, level: 'problem', text: endless.why, nextStep }]
  }
  const ahead = closures.filter(({ to }) => Number.isFinite(to))
  const shut = longestShutMs({ window: key.window, closures: ahead })
  const { everyMs } = key.policy
  if (shut.ms > everyMs) {
    const length = Number.isFinite(shut.ms) ? formatDuration(roundLength(shut.ms)) : 'for ever'
    const text = `${key.window ? 'they and the window leave' : 'they leave'} no opening for ${length} from ${formatMinute(shut.from)} on (${shut.why}), and \`every\` is ${formatDuration(everyMs)}`
    return [{ ...about, level: 'problem', text, nextStep: 'Make the blackout shorter, or the window wider.' }]
  }
  const next = closures.find(({ to }) => to > now)
  const text = next
    ? `${next.from <= now ? 'now' : `next from ${formatMinute(next.from)}`}: ${next.why}`
    : 'nothing is closed any more; is the calendar up to date?'
  return [{ ...about, level: next ? 'ok' : 'assumed', text }]
}
