/* Use of keys from any address that answers with JSON. */
import type { Call, ProviderContext } from '../../../src/contracts/call.ts'
import type { Meter, MeterReading, MeterRequest } from '../../../src/contracts/meter.ts'
import { readJson } from '../../shared/http/client.ts'
import { pick, pickAll, pickText, pickTime } from '../../shared/http/extract.ts'
import { askMeter } from '../../shared/meter/ask.ts'
import { measureRows, type Row, readAmount, unusable } from '../../shared/meter/rows.ts'
import { Notes } from '../../shared/meter/subjects.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import type { Options } from './options.ts'

const MOST_ITEMS = 1_000_000
const TRAITS = ['consumer', 'address', 'agent', 'path'] as const

export function make(options: Options, { name }: ProviderContext): Meter {
  return {
    everyMs: parseDurationMs(options.every),
    historyMs: parseDurationMs(options.history),
    read: (request, call) => readFrom(options, name, request, call),
  }
}

async function readFrom(
  options: Options,
  provider: string,
  request: MeterRequest,
  call: Call,
): Promise<MeterReading> {
  const url = options.url
    .replace(/\{\{ *from *\}\}/g, String(request.from / 1000))
    .replace(/\{\{ *to *\}\}/g, String(request.to / 1000))
  const body = readJson(await askMeter(options, provider, { url }, call))
  const items = pickAll(body, options.items)
  if (items.length > MOST_ITEMS) throw unusable(provider, `more than ${MOST_ITEMS} items`)
  const rows = items.flatMap((item, index) => readItem(options, provider, { item, index, now: request.to }))
  const notes = new Notes()
  const total = options.total || options.time === undefined
  const { is, unit, stamp, covers } = options
  const rules = { is, unit, total, stamp, coversMs: parseDurationMs(covers) }
  return { measured: measureRows(rows, request, rules, notes), completeTo: 'each', notes: notes.texts }
}

function readItem(
  options: Options,
  provider: string,
  { item, index, now }: { item: unknown; index: number; now: number },
): Row[] {
  const place = `item ${index + 1}`
  const key = pickText(item, options.key)
  const amount = pick(item, options.amount)
  if (key === undefined || amount === undefined || amount === null || amount === '') return []
  const at = options.time === undefined ? now : pickTime(item, options.time)
  if (at === undefined) throw unusable(provider, `${place}: no time where \`time\` looks for it`)
  const by = Object.fromEntries(
    TRAITS.flatMap((trait) => {
      const path = options.by[trait]
      const text = path === undefined ? undefined : pickText(item, path)
      return text === undefined ? [] : [[trait, text]]
    }),
  )
  return [{ place, at, key, amount: readAmount(String(amount), place, provider), by }]
}
