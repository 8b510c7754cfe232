import type { KeyConfig } from '../contracts/config.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { admit } from '../schedule/limits.ts'
import type { StartRequest } from '../workflow/between/start.ts'
import { type Attended, attend, type Purpose } from './attend.ts'
import type { Context } from './context.ts'
import { countStartedToday, dueOf } from './due.ts'
import { newRotationId } from './rotation-id.ts'
import { findStrays } from './strays.ts'

export interface RunReport {
  attended: Attended[]
  /** Keys whose turn ended in an error; the others went on. */
  failed: { key: string; error: unknown }[]
  /** Keys that are due and were left for a later run by the limits, with the reason. */
  postponed: { key: string; why: string }[]
}

/** Does everything that is due: goes on with what runs, adopts what is new, starts what may start, looks after the rest. */
export async function run(context: Context): Promise<RunReport> {
  const now = Date.now()
  const candidates = await Promise.all(
    [...context.keys.values()].map(async (key) => ({
      key,
      record: (await context.journal.load(key.name)).record,
    })),
  )
  const due = candidates.flatMap(({ key, record }) => {
    const judged = dueOf(record, key, now)
    return judged.due && judged.reason
      ? [{ key: key.name, reason: judged.reason, at: judged.at ?? now, group: key.group }]
      : []
  })
  const running = candidates.flatMap(({ key, record }) =>
    record?.rotation ? [{ key: key.name, group: key.group }] : [],
  )
  const startedInDay = countStartedToday(
    candidates.map((one) => one.record),
    now,
  )
  // How many run at the same time is this run's own doing: it takes them up in turns.
  const limits = { ...context.limits, atOnce: Number.POSITIVE_INFINITY }
  const admitted = admit(due, { running, startedInRun: 0, startedInDay }, limits)
  const starts: ReadonlySet<string> = new Set(admitted.start)
  const strays = await findStrays(context.journal, (key) => context.keys.has(key))
  const work = [
    ...strays.map(({ key }) => ({ name: key, purpose: { takeOver: true, start: () => null } })),
    ...candidates.map(({ key }) => ({ name: key.name, purpose: purposeFor(context, key, starts) })),
  ]
  return { ...(await attendAll(context, work)), postponed: admitted.held }
}

function purposeFor(context: Context, key: KeyConfig, starts: ReadonlySet<string>): Purpose {
  return {
    takeOver: true,
    start: (record, now) => {
      // What was not known to be due when the limits were judged waits for the next run; a key that has no value yet
      // is known to be so only now, and nobody uses it.
      const due = dueOf(record, key, now)
      if (key.observe || !due.due || !due.reason || (due.reason !== 'first' && !starts.has(key.name)))
        return null
      return { id: newRotationId(context, now), reason: due.reason, why: due.why, ...leakOf(record) }
    },
  }
}

/** What a person reported of the leak that the rotation is for. */
function leakOf({ request }: KeyRecord): Pick<StartRequest, 'compromised'> {
  if (request?.reason !== 'compromised') return {}
  const { leaked = 'both', killBy, why } = request
  return { compromised: { leaked, ...(killBy === undefined ? {} : { killBy }), ...(why ? { why } : {}) } }
}

interface Turn {
  name: string
  purpose: Purpose
}

/**
 * At most `atOnce` keys at the same time; the order is the config's. Once asked to stop, nothing new is taken up. What
 * goes wrong with one key stops that key alone.
 */
async function attendAll(
  context: Context,
  turns: readonly Turn[],
): Promise<Pick<RunReport, 'attended' | 'failed'>> {
  const attended: Attended[] = []
  const failed: RunReport['failed'] = []
  let next = 0
  const worker = async () => {
    while (next < turns.length && !context.stop.aborted) {
      const turn = turns[next++]
      if (!turn) return
      try {
        attended.push(await attend(context, turn.name, turn.purpose))
      } catch (error) {
        failed.push({ key: turn.name, error })
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(context.limits.atOnce, turns.length) }, worker))
  const order = new Map(turns.map(({ name }, index) => [name, index]))
  attended.sort((a, b) => (order.get(a.key) ?? 0) - (order.get(b.key) ?? 0))
  return { attended, failed }
}
