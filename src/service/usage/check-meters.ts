/** Asks every meter for the last hours, as `check` does: whether it answers, and for which keys it has numbers. */
import type { KeyConfig } from '../../contracts/config.ts'
import { isPassing } from '../../contracts/errors.ts'
import type { MeterReading, MeterRequest } from '../../contracts/meter.ts'
import { SLOT_MS } from '../../contracts/usage.ts'
import { limitCall, toFailure } from '../../engine/limit-call.ts'
import type { Finding } from '../check-sharing.ts'
import type { Context } from '../context.ts'
import { subjectOf } from './subjects.ts'
import { metersOf, openMeter } from './watch-usage.ts'

const BACK_MS = 3 * 3_600_000
const LIMIT_MS = 60_000
const NAMED = 5

/** Nothing of what is read is kept. */
export async function checkMeters(context: Context, keys: readonly KeyConfig[]): Promise<Finding[]> {
  const meters = metersOf(new Map(keys.map((key) => [key.name, key])))
  const findings: Finding[] = []
  for (const [name, some] of meters) {
    try {
      findings.push(...(await checkMeter(context, name, some)))
    } catch (error) {
      const failure = toFailure(error, name)
      const { message: text, nextStep } = failure
      const level = isPassing(failure) ? 'unavailable' : 'problem'
      findings.push({ key: '-', place: `meter ${name}`, level, text, nextStep })
    }
  }
  return findings
}

async function checkMeter(context: Context, name: string, keys: readonly KeyConfig[]): Promise<Finding[]> {
  const meter = await openMeter(context, name)
  const records = await Promise.all(keys.map(async (key) => (await context.journal.load(key.name)).record))
  const to = Math.floor(context.clock.wallMs() / SLOT_MS) * SLOT_MS
  const subjects = keys.map((key, index) => subjectOf(key.name, records[index] ?? null))
  const request: MeterRequest = { subjects, from: to - BACK_MS, to, slotMs: SLOT_MS }
  const reading = await limitCall(
    { clock: context.clock, beforeSend: () => {} },
    { provider: name, verb: 'read', limitMs: LIMIT_MS },
    (call) => meter.read(request, call),
  )
  return describeReading(name, keys, reading)
}

/** A meter that has no number of a key is the usual mistake: a label or a column that is called otherwise. */
function describeReading(
  name: string,
  keys: readonly KeyConfig[],
  { measured, notes }: MeterReading,
): Finding[] {
  const told = new Set(measured.map(({ key }) => key))
  const silent = keys.map((key) => key.name).filter((key) => !told.has(key))
  const place = `meter ${name}`
  const said = notes.map((text): Finding => ({ key: '-', place, level: 'assumed', text }))
  const counted = `has numbers of the last three hours for ${told.size} of ${keys.length} keys`
  if (silent.length === 0) return [{ key: '-', place, level: 'ok', text: counted }, ...said]
  const names = silent.slice(0, NAMED).join(', ')
  const more = silent.length > NAMED ? ` and ${silent.length - NAMED} more` : ''
  const text = `${counted}; none for ${names}${more}`
  const nextStep =
    told.size === 0
      ? 'Compare how the meter calls these keys with its `is`, and its query or columns with what it has; a key that was never used may have no numbers yet.'
      : 'Nothing is wrong if they were not used and the meter shows only what was; else compare how it calls them.'
  return [{ key: '-', place, level: told.size === 0 ? 'problem' : 'assumed', text, nextStep }, ...said]
}
