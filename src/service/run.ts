/** The verb `run`: everything that is due, within the limits. */
import type { KeyConfig } from '../contracts/config.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { type Attended, attend, type Purpose } from '../engine/attend.ts'
import { newRotationId } from '../engine/rotation-id.ts'
import { findStrays } from '../engine/strays.ts'
import { admit } from '../schedule/admission.ts'
import { countStartedToday, dueOf } from '../schedule/key-due.ts'
import type { StartRequest } from '../workflow/between/start.ts'
import type { Context } from './context.ts'

export interface RunReport {
  attended: Attended[]
  /** Keys whose errand ended in an error; the others went on. */
  failed: { key: string; error: unknown }[]
  /** Keys that are due and were left for a later run by the limits, with the reason. */
  postponed: { key: string; why: string }[]
}

/** Does everything that is due: goes on with what runs, adopts what is new, starts what may start, looks after the rest. */
export async function run(context: Context): Promise<RunReport> {
  const now = context.clock.wallMs()
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
  // How many run at the same time is this run's own doing: it takes them up one after the other.
  const limits = { ...context.limits, atOnce: Number.POSITIVE_INFINITY }
  const admitted = admit(due, { running, startedInRun: 0, startedInDay }, limits)
  const starts: ReadonlySet<string> = new Set(admitted.start)
  const strays = await findStrays(context.journal, (key) => context.keys.has(key), context.installation)
  const errands = [
    ...strays.map(({ key }) => ({ name: key, purpose: { takeOver: true, start: () => null } })),
    ...candidates.map(({ key }) => ({ name: key.name, purpose: purposeFor(context, key, starts) })),
  ]
  return { ...(await attendAll(context, errands)), postponed: admitted.held }
}

function purposeFor(context: Context, key: KeyConfig, starts: ReadonlySet<string>): Purpose {
  return {
    takeOver: true,
    start: (record, now) => {
      // What was not known to be due when the limits were judged waits for the next run; a key that has no value yet
      // is known to be so only now, and no consumer uses it.
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

/** One key and what is wanted of it. */
interface Errand {
  name: string
  purpose: Purpose
}

/**
 * At most `atOnce` keys at the same time; the order is the config's. Once asked to stop, nothing new is taken up. What
 * goes wrong with one key stops that key alone.
 */
async function attendAll(
  context: Context,
  errands: readonly Errand[],
): Promise<Pick<RunReport, 'attended' | 'failed'>> {
  const attended: Attended[] = []
  const failed: RunReport['failed'] = []
  let next = 0
  const worker = async () => {
    while (next < errands.length && !context.stop.aborted) {
      const errand = errands[next++]
      if (!errand) return
      try {
        attended.push(await attend(context, errand.name, errand.purpose))
      } catch (error) {
        failed.push({ key: errand.name, error })
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(context.limits.atOnce, errands.length) }, worker))
  const order = new Map(errands.map(({ name }, index) => [name, index]))
  attended.sort((a, b) => (order.get(a.key) ?? 0) - (order.get(b.key) ?? 0))
  return { attended, failed }
}
