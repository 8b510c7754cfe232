/** The chore that reads meters when they are due, one process at a time for each, and judges what they say. */
import type { KeyConfig } from '../../contracts/config.ts'
import type { Meter, MeterReading } from '../../contracts/meter.ts'
import type { Failure, KeyRecord } from '../../contracts/record.ts'
import { ISSUER_METER as ISSUER, meterName, SLOT_MS } from '../../contracts/usage.ts'
import { readRecords } from '../../engine/all-records.ts'
import { limitCall, toFailure } from '../../engine/limit-call.ts'
import type { Context } from '../context.ts'
import { createWordCleaner, type WordCleaner } from './clean-words.ts'
import { readUsage } from './documents.ts'
import { meterOfIssuer } from './issuer-meter.ts'
import { endTurn, failTurn, takeTurn } from './meter-turn.ts'
import { subjectOf } from './subjects.ts'
import { takeAndJudge } from './take-and-judge.ts'

/** A first reading of two weeks takes many requests. */
const READ_LIMIT_MS = 180_000
const YIELD_EVERY = 20

/** @returns when a meter is due again; null: no key is watched. */
export async function watchUsage(context: Context): Promise<number | null> {
  const meters = metersOf(context.keys)
  if (meters.size === 0) return null
  const moments: number[] = []
  const records = rememberRecords(context)
  const clean = createWordCleaner()
  for (const [name, keys] of meters) {
    if (context.stop.aborted) break
    moments.push(await readDue(context, name, { keys, records, clean }))
  }
  return moments.length > 0 ? Math.min(...moments) : null
}

/** Keys by the meters that tell of them; an issuer is `issuer.<name>`. */
export function metersOf(keys: Context['keys']): Map<string, KeyConfig[]> {
  const meters = new Map<string, KeyConfig[]>()
  for (const key of keys.values())
    for (const from of key.usage?.from ?? []) {
      const name = meterName(from, key.issuer)
      const keysOf = meters.get(name) ?? []
      keysOf.push(key)
      meters.set(name, keysOf)
    }
  return meters
}

export async function openMeter({ providers }: Pick<Context, 'providers'>, name: string): Promise<Meter> {
  if (name.startsWith(`${ISSUER}.`)) {
    const issuer = name.slice(ISSUER.length + 1)
    return meterOfIssuer(issuer, await providers.issuer(issuer))
  }
  if (!providers.meter) throw new Error('this composition has no meters')
  return providers.meter(name)
}

interface About {
  keys: readonly KeyConfig[]
  records: () => Promise<ReadonlyMap<string, KeyRecord>>
  clean: WordCleaner
}

/** @returns when the meter is due again. */
async function readDue(context: Context, name: string, about: About): Promise<number> {
  const turn = await takeTurn(context, name)
  if (!turn.isOurs) return turn.at
  let everyMs = 3_600_000
  try {
    const meter = await openMeter(context, name)
    everyMs = meter.everyMs
    const notes = await readMeter(context, { name, meter }, about)
    return await endTurn(context, name, { everyMs, notes, keys: about.keys.length })
  } catch (error) {
    const failure: Failure = toFailure(error, name)
    return await failTurn(context, name, { everyMs, failure })
  }
}

/** Keys that were never measured are read from the beginning, apart from the others. */
async function readMeter(
  context: Context,
  { name, meter }: { name: string; meter: Meter },
  { keys, records, clean }: About,
): Promise<readonly string[]> {
  const known = await records()
  const to = Math.floor(context.clock.wallMs() / SLOT_MS) * SLOT_MS
  const oldest = Math.floor((to - meter.historyMs) / SLOT_MS) * SLOT_MS
  const readTo = new Map<string, number>()
  for (const key of keys) readTo.set(key.name, (await readUsage(context, key.name)).readTo[name] ?? 0)
  const isFresh = (key: KeyConfig) => (readTo.get(key.name) ?? 0) <= oldest
  const notes: string[] = []
  for (const some of [keys.filter((key) => !isFresh(key)), keys.filter(isFresh)]) {
    if (some.length === 0) continue
    const from = Math.max(oldest, Math.min(...some.map((key) => readTo.get(key.name) ?? 0)))
    const subjects = some.map((key) => subjectOf(key.name, known.get(key.name) ?? null))
    const request = { subjects, from: Math.floor(from / SLOT_MS) * SLOT_MS, to, slotMs: SLOT_MS }
    const reading = await limitCall(
      { clock: context.clock, beforeSend: () => {}, ...(context.watch ? { watch: context.watch } : {}) },
      { provider: name, verb: 'read', limitMs: READ_LIMIT_MS },
      (call) => meter.read(request, call),
    )
    const cleaned = clean(reading.measured, known)
    notes.push(...reading.notes, ...cleaned.notes)
    await takeAll(context, { name, keys: some, known }, { ...reading, measured: cleaned.measured })
  }
  return notes
}

async function takeAll(
  context: Context,
  { name, keys, known }: { name: string; keys: readonly KeyConfig[]; known: ReadonlyMap<string, KeyRecord> },
  { measured, completeTo }: MeterReading,
): Promise<void> {
  const ofKey = Map.groupBy(measured, ({ key }) => key)
  for (const [index, key] of keys.entries()) {
    if (context.stop.aborted) return
    // Ten thousand judgements are seconds of work: rotations of this process come first.
    if (index % YIELD_EVERY === YIELD_EVERY - 1) await context.clock.sleep(0)
    const taken = { meter: name, measured: ofKey.get(key.name) ?? [], completeTo }
    await takeAndJudge(context, key, known.get(key.name) ?? null, taken)
  }
}

/** Read once in a look, and only when a meter is due. */
function rememberRecords({ journal }: Context): About['records'] {
  let records: Promise<Map<string, KeyRecord>> | undefined
  return () => {
    records ??= readRecords(journal)
    return records
  }
}
