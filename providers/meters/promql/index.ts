/* Use of keys as Prometheus knows it, by range queries in steps of half an hour. */
import type { Call, ProviderContext } from '../../../src/contracts/call.ts'
import type { Measured, Meter, MeterReading, MeterRequest } from '../../../src/contracts/meter.ts'
import { indexSubjects, Notes, type Whose } from '../../shared/meter/subjects.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { isTemplate, type Options, VARIABLE } from './options.ts'
import { queryRange, type RangeSeries } from './query.ts'

const DAY_MS = 86_400_000
/** Beyond so many keys a query for all of them is needed. */
const MOST_QUERIES = 500

export function make(options: Options, context: ProviderContext): Meter {
  const lagMs = parseDurationMs(options.lag)
  return {
    everyMs: parseDurationMs(options.every),
    historyMs: parseDurationMs(options.history),
    read: async (request, call) => {
      const to = Math.floor((request.to - lagMs) / request.slotMs) * request.slotMs
      const reading = { measured: [] as Measured[], notes: new Notes() }
      for (let from = request.from; from < to; from += DAY_MS) {
        const part = { ...request, from, to: Math.min(to, from + DAY_MS) }
        await readPart(options, context.name, part, reading, call)
      }
      return {
        measured: reading.measured,
        completeTo: Math.max(request.from, to),
        notes: reading.notes.texts,
      } satisfies MeterReading
    },
  }
}

interface Reading {
  measured: Measured[]
  notes: Notes
}

async function readPart(
  options: Options,
  provider: string,
  part: MeterRequest,
  reading: Reading,
  call: Call,
): Promise<void> {
  const believed = await askControl(options, provider, part, call)
  const before = reading.measured.length
  for (const { query, whose } of queriesFor(options, part, reading.notes)) {
    const { series, warnings } = await queryRange(options, provider, { query, ...part }, call)
    if (warnings > 0) reading.notes.add('Prometheus warns of this query; try it there')
    for (const one of series) takeSeries(options, part, { one, whose: whose(one), believed }, reading)
  }
  if (believed) addNone(options, part, { believed, known: reading.measured.slice(before) }, reading)
}

interface Query {
  query: string
  /** Whose use a series shows. */
  whose: (series: RangeSeries) => readonly Whose[]
}

function queriesFor({ query, key }: Options, { subjects }: MeterRequest, notes: Notes): Query[] {
  if (!isTemplate(query)) {
    const index = indexSubjects(subjects, key?.is ?? 'key')
    return [{ query, whose: ({ labels }) => index.get(labels[key?.label ?? ''] ?? '') ?? [] }]
  }
  const needsFingerprint = /\{\{ *(id|name|fingerprint) *\}\}/.test(query)
  const queries = subjects.flatMap(({ key: name, keys }): Query[] => {
    if (!needsFingerprint) return [fill(query, { key: name }, { key: name })]
    return keys.flatMap((one) => {
      const named = { ...one, key: name }
      const isKnown = [...query.matchAll(new RegExp(VARIABLE, 'g'))].every(
        ([, word]) => named[word as keyof typeof named] !== undefined,
      )
      return isKnown ? [fill(query, named, { key: name, fingerprint: one.fingerprint })] : []
    })
  })
  if (queries.length > MOST_QUERIES)
    notes.add(`only ${MOST_QUERIES} of ${queries.length} keys were asked for; use one query with \`key\``)
  return queries.slice(0, MOST_QUERIES)
}

/** Names of keys stand in a string of the query, so that they are escaped as in one. */
function fill(query: string, values: Readonly<Record<string, string | undefined>>, whose: Whose): Query {
  const filled = query.replace(new RegExp(VARIABLE, 'g'), (_, word: string) =>
    (values[word] ?? '').replace(/[\\"'`\n]/g, (character) =>
      character === '\n' ? '\\n' : `\\${character}`,
    ),
  )
  return { query: filled, whose: () => [whose] }
}

/** The ends of times in which "none" can be believed; null: there is no control. */
async function askControl(
  options: Options,
  provider: string,
  part: MeterRequest,
  call: Call,
): Promise<ReadonlySet<number> | null> {
  if (options.control === undefined) return null
  const { series } = await queryRange(options, provider, { query: options.control, ...part }, call)
  return new Set(series.flatMap(({ values }) => values.filter(([, value]) => value > 0).map(([at]) => at)))
}

interface Taken {
  one: RangeSeries
  whose: readonly Whose[]
  believed: ReadonlySet<number> | null
}

function takeSeries(options: Options, { from, slotMs }: MeterRequest, taken: Taken, reading: Reading): void {
  const { one, whose, believed } = taken
  const by = Object.fromEntries(
    Object.entries(options.by).flatMap(([trait, label]) => {
      const value = label === undefined ? undefined : one.labels[label]
      return value ? [[trait, value]] : []
    }),
  )
  for (const [at, value] of one.values) {
    const isSure = value > 0 || believed === null || believed.has(at)
    if (!(value >= 0) || !Number.isFinite(value) || at <= from || !isSure) continue
    for (const owner of whose)
      reading.measured.push({ ...owner, unit: options.unit, at, from: at - slotMs, amount: value, by })
  }
}

/** A key without a series was not used, at the times in which the control holds. */
function addNone(
  { unit }: Options,
  { subjects, from, slotMs }: MeterRequest,
  { believed, known }: { believed: ReadonlySet<number>; known: readonly Measured[] },
  { measured }: Reading,
): void {
  const told = new Set(known.map(({ key, at }) => `${key} ${at}`))
  for (const { key } of subjects)
    for (const at of believed)
      if (at > from && !told.has(`${key} ${at}`))
        measured.push({ key, unit, at, from: at - slotMs, amount: 0 })
}
