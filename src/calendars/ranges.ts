/** What calendars say, as plain ranges of time. */
import { type Closures, catchUpMsOf, formatMinute } from '../contracts/closures.ts'

/** A stretch of time that one calendar closes. Milliseconds since 1970; infinite: for ever. */
export interface Range {
  from: number
  to: number
  /** What it is called there. */
  title?: string | undefined
}

/** The part of time that is read: repeating dates have no end. */
export interface Horizon {
  from: number
  to: number
}

/** What one calendar comes to. */
export interface ReadCalendar {
  ranges: readonly Range[]
  /** Why it cannot tell, beside what it does tell: nothing starts by itself meanwhile. */
  trouble?: string
}

/** At most so many names stand in one line. */
const MAX_NAMES = 3

/** The ranges of several calendars in order, those that touch each other as one. */
export function joinClosures(calendars: ReadonlyMap<string, ReadCalendar>): Closures {
  const all = [...calendars].flatMap(([name, { ranges, trouble }]) => [
    ...ranges.map((range) => ({ ...range, name, trouble: undefined as string | undefined })),
    ...(trouble === undefined
      ? []
      : [{ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, name, title: undefined, trouble }]),
  ])
  const joined: (typeof all)[] = []
  let end = Number.NEGATIVE_INFINITY
  for (const range of all.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1)
    if (last && range.from <= end) last.push(range)
    else joined.push([range])
    end = Math.max(end, range.to)
  }
  return joined.map((parts) => {
    const from = Math.min(...parts.map((part) => part.from))
    const to = Math.max(...parts.map((part) => part.to))
    return { from, to, why: describe(parts, to), catchUpMs: catchUpMsOf({ from, to }) }
  })
}

function describe(
  parts: readonly { name: string; to: number; title?: string | undefined; trouble: string | undefined }[],
  to: number,
): string {
  const troubles = parts.flatMap(({ name, trouble }) =>
    trouble === undefined ? [] : [`the calendar ${name} cannot tell: ${trouble}`],
  )
  if (troubles.length > 0) return [...new Set(troubles)].slice(0, MAX_NAMES).join('; ')
  const endless = parts.find((part) => part.to === Number.POSITIVE_INFINITY)
  if (endless) return `the calendar ${endless.name} cannot tell: ${endless.title ?? 'it has no end'}`
  const names = [...new Set(parts.map(({ name }) => name))]
  const titles = [...new Set(parts.flatMap(({ title }) => title ?? []))].slice(0, MAX_NAMES)
  const named = titles.length > 0 ? ` (${titles.join(', ')})` : ''
  const noun = names.length === 1 ? 'the calendar' : 'the calendars'
  const verb = names.length === 1 ? 'is' : 'are'
  return `${noun} ${names.slice(0, MAX_NAMES).join(', ')} ${verb} closed until ${formatMinute(to)}${named}`
}
