/** The calendars of a config as they are now: its own dates, and files that change by themselves. */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../contracts/clock.ts'
import type { Closures } from '../contracts/closures.ts'
import type { CalendarConfig, KeyConfig } from '../contracts/config.ts'
import { CalendarTrouble } from './calendar-trouble.ts'
import { endOfDay, expandDates } from './dates.ts'
import { type Horizon, joinClosures, type Range, type ReadCalendar } from './ranges.ts'

type Configs = Readonly<Record<string, CalendarConfig>>
type ClockAtHand = Pick<Clock, 'wallMs' | 'monotonicMs'>

const MAX_FILE_BYTES = 4 * 1024 * 1024
const MAX_READING_MS = 10_000
/** Repeating dates are read so far ahead, and what has just ended still counts for the catch-up. */
const MONTHS_BACK = 2
const MONTHS_AHEAD = 25

/** What was read from a file before: as long as its text is the same, it is not followed once more. */
export type Memory = Map<string, { about: unknown; ranges: readonly Range[] }>

/** Reads every calendar. Throws nothing: a file that cannot be read is a calendar that cannot tell. */
export async function readCalendars(
  configs: Configs,
  clock: ClockAtHand,
  memory: Memory = new Map(),
): Promise<ReadonlyMap<string, ReadCalendar>> {
  const horizon = horizonAt(clock.wallMs())
  const read = new Map<string, ReadCalendar>()
  for (const [name, config] of Object.entries(configs))
    read.set(name, await readCalendar(config, { horizon, clock, memory }))
  return read
}

/** What the blackouts of one key come to; keys with the same ones share it. */
export function makeClosuresFinder(
  calendars: ReadonlyMap<string, ReadCalendar>,
): (blackouts: readonly string[]) => Closures {
  const known = new Map<string, Closures>()
  return (blackouts) => {
    const id = [...blackouts].sort().join()
    const found =
      known.get(id) ?? joinClosures(new Map(blackouts.map((name) => [name, calendarOf(calendars, name)])))
    known.set(id, found)
    return found
  }
}

/** From keys to the same keys, each with the times in which it does not start by itself. */
export function makeCloser(
  calendars: ReadonlyMap<string, ReadCalendar>,
): (keys: ReadonlyMap<string, KeyConfig>) => ReadonlyMap<string, KeyConfig> {
  const find = makeClosuresFinder(calendars)
  return (keys) =>
    new Map(
      [...keys].map(([name, key]) => {
        const { blackouts = [] } = key
        return [name, blackouts.length === 0 ? key : { ...key, closures: find(blackouts) }] as const
      }),
    )
}

/** A month begins alike all month long, so that nothing changes by the mere passing of time. */
function horizonAt(now: number): Horizon {
  const date = new Date(now)
  const monthsAway = (months: number) => Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1)
  return { from: monthsAway(-MONTHS_BACK), to: monthsAway(MONTHS_AHEAD) }
}

/** The check of the config refuses a name that does not exist. */
function calendarOf(calendars: ReadonlyMap<string, ReadCalendar>, name: string): ReadCalendar {
  return calendars.get(name) ?? { ranges: [], trouble: 'the config does not have it' }
}

async function readCalendar(
  config: CalendarConfig,
  reading: { horizon: Horizon; clock: ClockAtHand; memory: Memory },
): Promise<ReadCalendar> {
  const { horizon } = reading
  const { timeZone, dates, file, validUntil } = config
  const listed = dates.flatMap((one) => expandDates(one, timeZone, horizon))
  const afterwards =
    validUntil === undefined
      ? []
      : [
          {
            from: endOfDay(validUntil, timeZone),
            to: Number.POSITIVE_INFINITY,
            title: `it is valid until ${validUntil} only`,
          },
        ]
  const ranges = [...listed, ...afterwards]
  if (file === undefined) return { ranges }
  try {
    return { ranges: [...ranges, ...(await readFile(file, { ...reading, timeZone }))] }
  } catch (error) {
    return { ranges, trouble: `${file}: ${describe(error)}` }
  }
}

async function readFile(
  file: string,
  reading: { timeZone: string; horizon: Horizon; clock: ClockAtHand; memory: Memory },
): Promise<readonly Range[]> {
  const { timeZone, horizon, clock, memory } = reading
  const text = await readText(file)
  const about = { text, timeZone, horizon }
  const known = memory.get(file)
  if (known && isDeepStrictEqual(known.about, about)) return known.ranges
  const endsAt = clock.monotonicMs() + MAX_READING_MS
  const keepTime = () => {
    if (clock.monotonicMs() > endsAt) throw new CalendarTrouble('it takes too long to read')
  }
  // The libraries for files are loaded where somebody has one.
  const { readIcs } = await import('./ics.ts')
  const ranges = readIcs(text, { timeZone, horizon, keepTime })
  memory.set(file, { about, ranges })
  return ranges
}

async function readText(file: string): Promise<string> {
  // A pipe that nobody writes to would be waited for.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw new CalendarTrouble('it is not a file')
    if (stats.size > MAX_FILE_BYTES) throw new CalendarTrouble(`it has more than ${MAX_FILE_BYTES} bytes`)
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

/** Nothing of the file is quoted. */
function describe(error: unknown): string {
  if (error instanceof CalendarTrouble) return error.message
  if (error instanceof Error && 'code' in error) return `it cannot be read (${String(error.code)})`
  return 'it is not understood'
}
