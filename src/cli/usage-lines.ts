/* What `keyrota usage` prints for people. */
import type { Finding } from '../contracts/usage.ts'
import type { MeterState } from '../service/usage/meter-turn.ts'
import type { KeyUsage, SeriesShown } from '../service/usage/show-usage.ts'
import { formatDistance, formatInstant, paint } from './output.ts'
import { table } from './table.ts'

const BARS = '▁▂▃▄▅▆▇█'
const MOST_SOURCES = 10

export function linesOfUsage(
  keys: readonly KeyUsage[],
  meters: readonly MeterState[],
  { isOne, now }: { isOne: boolean; now: number },
): string[] {
  if (keys.length === 0) return ['no key is watched; see `usage` and `meters` in the reference of the config']
  const rows = keys.flatMap((key) =>
    key.series.length === 0
      ? [[key.key, '-', '-', '-', '-', stateOf(key)]]
      : key.series.map((series) => [key.key, ...cellsOf(series), stateOf(key)]),
  )
  return [
    ...table(['KEY', 'SERIES', 'LAST HOUR', 'USUAL', '24 HOURS', 'FINDINGS'], rows),
    ...keys.flatMap((key) => linesOfFindings(key, now)),
    ...(isOne ? keys.flatMap(detailsOf) : []),
    ...meters.flatMap((meter) => linesOfMeter(meter, now)),
  ]
}

function cellsOf({ series, hour, day }: SeriesShown): string[] {
  const usual = hour && (hour.usual === null ? 'not known yet' : String(hour.usual))
  return [
    series,
    hour ? String(hour.amount) : 'not known',
    usual ?? '-',
    day === null ? 'not known' : String(day),
  ]
}

function stateOf({ findings, readTo }: KeyUsage): string {
  const open = findings.filter(isOpen).map(({ kind }) => kind)
  if (open.length > 0) return paint('red', [...new Set(open)].join(', '))
  return readTo === null ? 'not measured yet' : 'none'
}

function isOpen({ overAt, acceptedAt }: Finding): boolean {
  return overAt === undefined && acceptedAt === undefined
}

function linesOfFindings({ key, findings }: KeyUsage, now: number): string[] {
  if (findings.length === 0) return []
  return [
    `${paint('bold', key)}:`,
    ...findings.map(({ kind, text, by, since, overAt, acceptedAt }) => {
      const state = overAt ? `over ${formatDistance(overAt - now)}` : acceptedAt ? 'accepted' : 'open'
      const who = by.length > 0 ? `; by ${by.join(', ')}` : ''
      return `  ${kind} (${state}, found ${formatDistance(since - now)}): ${text}${who}`
    }),
  ]
}

function detailsOf({ series, seen }: KeyUsage): string[] {
  return [
    ...series.map((one) => `  ${one.series}, 24 hours: ${barsOf(one.hours)}`),
    ...seen
      .slice(0, MOST_SOURCES)
      .map(
        ({ source, firstSeen, lastSeen }) =>
          `  ${source}: first ${formatInstant(firstSeen)}, last ${formatInstant(lastSeen)}`,
      ),
    ...(seen.length > MOST_SOURCES ? [`  and ${seen.length - MOST_SOURCES} more sources`] : []),
  ]
}

/** A bar for each hour; a dot where nothing is known. */
function barsOf(hours: readonly (number | null)[]): string {
  const most = Math.max(1, ...hours.map((amount) => amount ?? 0))
  return hours
    .map((amount) => (amount === null ? '·' : BARS[Math.min(7, Math.floor((amount / most) * 7.999))]))
    .join('')
}

function linesOfMeter({ meter, readAt, failure, failedSince, notes }: MeterState, now: number): string[] {
  if (failure)
    return [
      paint(
        'red',
        `meter ${meter} has not answered since ${formatInstant(failedSince ?? now)}: ${failure.message}`,
      ),
      `  next: ${failure.nextStep}`,
    ]
  const read = readAt === null ? 'not read yet' : `read ${formatDistance(readAt - now)}`
  return [paint('dim', `meter ${meter}: ${read}`), ...notes.map((note) => `  ${note}`)]
}
