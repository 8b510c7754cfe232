/** Calendars of the config, and whether the keys that name them can still start. */
import { resolve } from 'node:path'
import type { Closures } from '../../contracts/closures.ts'
import type { CalendarConfig } from '../../contracts/config.ts'
import { formatDuration, roundLength } from '../../contracts/duration.ts'
import { longestShutMs } from '../../schedule/openings.ts'
import type { RawCalendar } from '../schema/calendars.ts'
import { listValues } from '../schema/issue-words.ts'
import type { Finding } from '../schema/judge.ts'
import type { SoundConfig } from '../schema/salvage.ts'
import { suggestName } from '../schema/suggest.ts'
import { blame } from './blame.ts'
import { type MergedPolicy, mergePolicy } from './resolve-key.ts'
import { checkWindow, isTimeZone, makeGapFinder } from './window.ts'

const DAY_MS = 86_400_000
/** Dates that repeat are looked at for so long; those of a verdict are absolute otherwise. */
const REPEATED_MS = 3 * 366 * DAY_MS

/** The calendars of a valid config. */
export function resolveCalendars(
  raw: Readonly<Record<string, RawCalendar>>,
  folder: string,
): { calendars?: Record<string, CalendarConfig> } {
  const calendars = Object.entries(raw).map(([name, { dates, file, timeZone, validUntil }]) => {
    const listed = dates.map(({ reason, ...one }) => ({
      ...one,
      ...(reason === undefined ? {} : { reason }),
    }))
    const rest = {
      ...(file === undefined ? {} : { file: resolve(folder, file) }),
      ...(validUntil === undefined ? {} : { validUntil }),
    }
    return [name, { timeZone, dates: listed, ...rest }] as const
  })
  return calendars.length === 0 ? {} : { calendars: Object.fromEntries(calendars) }
}

/** `data` is the config as written. Files are not read: they change by themselves, and `check` looks at them. */
export async function checkBlackouts(raw: SoundConfig, data: unknown): Promise<Finding[]> {
  const names = Object.keys(raw.calendars)
  const listed = Object.keys(Object(Object(data).calendars))
  const unknown = Object.entries(raw.keys).flatMap(([key, own]) =>
    checkNames(own.blackouts ?? [], ['keys', key], listed),
  )
  const ofDefaults = checkNames(raw.defaults.blackouts ?? [], ['defaults'], listed)
  if (names.length === 0) return [...unknown, ...ofDefaults]
  // The library for dates is loaded where somebody has dates.
  const { checkDates, endOfDay, isDay } = await import('../../calendars/dates.ts')
  const wrong = Object.entries(raw.calendars).flatMap(([name, calendar]): Finding[] => {
    const path = ['calendars', name]
    if (!isTimeZone(calendar.timeZone))
      return [{ path: [...path, 'timeZone'], message: 'is not a time zone', expected: ZONE }]
    if (calendar.validUntil !== undefined && !isDay(calendar.validUntil))
      return [{ path: [...path, 'validUntil'], message: 'is no date' }]
    return calendar.dates.flatMap((dates, index) => {
      const said = checkDates(plain(dates))
      return said ? [{ path: [...path, 'dates', index, said.at], message: said.message }] : []
    })
  })
  if (wrong.length > 0) return [...wrong, ...unknown, ...ofDefaults]
  const closuresOf = await makeStaticClosures(raw, endOfDay)
  return [...unknown, ...ofDefaults, ...checkOpenings(raw, data, closuresOf)]
}

const ZONE = 'an IANA name such as Europe/Berlin'

function checkNames(
  blackouts: readonly string[],
  at: readonly string[],
  names: readonly string[],
): Finding[] {
  return blackouts.flatMap((name, index) =>
    names.includes(name)
      ? []
      : [
          {
            path: [...at, 'blackouts', index],
            message: 'is not a calendar of this config',
            expected: names.length > 0 ? listValues(names) : 'a name that is declared under `calendars`',
            suggestion: suggestName(name, names),
          },
        ],
  )
}

function plain({ from, to, yearly, reason }: RawCalendar['dates'][number]) {
  return { from, to, yearly, ...(reason === undefined ? {} : { reason }) }
}

type FindClosures = (blackouts: readonly string[]) => Closures

/** What the dates of the config alone close. */
async function makeStaticClosures(
  raw: SoundConfig,
  endOfDay: (day: string, timeZone: string) => number,
): Promise<FindClosures> {
  const [{ expandDates }, { makeClosuresFinder }] = await Promise.all([
    import('../../calendars/dates.ts'),
    import('../../calendars/calendars.ts'),
  ])
  const days = Object.values(raw.calendars).flatMap(({ dates }) => dates.map(({ from }) => from.slice(0, 10)))
  const first = Math.min(...days.map((day) => endOfDay(day, 'UTC')))
  const last = Math.max(...days.map((day) => endOfDay(day, 'UTC')))
  const horizon = { from: first - DAY_MS, to: last + REPEATED_MS }
  return makeClosuresFinder(
    new Map(
      Object.entries(raw.calendars).map(([name, { dates, timeZone }]) => [
        name,
        { ranges: dates.flatMap((one) => expandDates(plain(one), timeZone, horizon)) },
      ]),
    ),
  )
}

/** A key that is shut for longer than `every` cannot keep it. */
function checkOpenings(raw: SoundConfig, data: unknown, closuresOf: FindClosures): Finding[] {
  const findGapMs = makeGapFinder()
  /** Most keys share their policy with many others. */
  const known = new Map<string, ReturnType<typeof longestShutMs>>()
  return Object.entries(raw.keys).flatMap(([name, key]): Finding[] => {
    const merged: MergedPolicy = mergePolicy(key, raw.defaults)
    const blackouts = (merged.blackouts ?? []).filter((one) => Object.hasOwn(raw.calendars, one))
    const { window } = merged
    if (blackouts.length === 0 || (window && checkWindow(window))) return []
    const id = JSON.stringify([blackouts, window])
    const shut =
      known.get(id) ??
      longestShutMs({
        window: window && { ...window, forMs: window.for, longestGapMs: findGapMs(window) },
        closures: closuresOf(blackouts),
      })
    known.set(id, shut)
    if (shut.ms <= merged.every) return []
    const what = window ? 'leaves no opening of `window`' : 'leaves no opening'
    const length = Number.isFinite(shut.ms) ? `for ${formatDuration(roundLength(shut.ms))}` : 'any more'
    const since = new Date(shut.from).toISOString().slice(0, 10)
    return [
      {
        path: blame(data, ['keys', name], 'blackouts'),
        message: `${what} ${length} from ${since} on (${shut.why}), which is longer than \`every\``,
        expected: `an opening at least every ${formatDuration(merged.every)}`,
      },
    ]
  })
}
