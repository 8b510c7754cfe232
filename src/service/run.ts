/** The verb `run`: everything that is due, within the limits. */

import { ProviderError } from '../contracts/errors.ts'
import { labelsOf } from '../engine/at-hand.ts'
import { type Attended, attend } from '../engine/attend.ts'
import { showsNothingNew } from '../engine/look.ts'
import { Slots } from '../engine/slots.ts'
import { doChores } from './chores.ts'
import { type Context, type Declared, ServiceError, type Settled } from './context.ts'
import { beatAfterRun } from './heartbeat.ts'
import { type Errand, planRun } from './run-plan.ts'
import { showKeys } from './show-keys.ts'

export interface RunReport {
  /** Every key, also those of which nothing was due: they are `idle`, with the record as it is. */
  attended: Attended[]
  /** Keys whose errand ended in an error; the others went on. */
  failed: { key: string; error: unknown }[]
  /** Keys that are due and were left for a later run by the limits, with the reason. */
  postponed: { key: string; why: string }[]
  /** What went wrong beside the work, and changes nothing about its result. */
  noted: { key: string; error: unknown }[]
}

/** Keys of the same issuer and stores that are read, or adopted, at the same time. */
const LOOKS_AT_ONCE = 16
/** Looks that found nothing new are noted so many at a time. */
const NOTED_AT_ONCE = 500

/** What people ask for while a run works is taken at its end, and done by one more pass, at most this often. */
const PASSES = 3

/** Does everything that is due: goes on with what runs, adopts what is new, starts what may start, looks after the rest. */
export async function run(context: Context): Promise<RunReport> {
  const { declared } = context
  const hidden = await showKeys(context)
  const report = declared ? await runWithDeclared(context, declared) : await runOnce(context)
  if (hidden) report.failed.push({ key: 'journal', error: hidden })
  report.failed.push(...(await doChores(context)))
  report.noted.push(...(await beatAfterRun(context, report.failed)))
  return report
}

async function runWithDeclared(context: Context, declared: Declared): Promise<RunReport> {
  const endsAt = context.clock.monotonicMs() + context.waitMs
  const report: RunReport = { attended: [], failed: [], postponed: [], noted: [] }
  await declared.settle(context)
  for (let pass = 1; ; pass += 1) {
    const waitMs = Math.max(0, endsAt - context.clock.monotonicMs())
    mergeInto(report, await runOnce({ ...context, keys: await declared.refresh(), waitMs }))
    const settled = await settleAgain(context, declared)
    report.failed.push(...settled.failed)
    report.postponed.push(...settled.postponed)
    if (settled.taken.length === 0 || pass === PASSES || context.stop.aborted) return report
  }
}

/** What was done already is reported, also when the declarations cannot be read once more. */
async function settleAgain(context: Context, declared: Declared): Promise<Settled> {
  try {
    return await declared.settle({ ...context, keys: await declared.refresh() })
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    return { taken: [], failed: [{ key: 'declarations', error }], postponed: [], isPending: false }
  }
}

/** What a later pass says of a key takes the place of what an earlier one said. */
function mergeInto(report: RunReport, { attended, failed, postponed }: RunReport): void {
  report.postponed = postponed
  const again = new Set(attended.map(({ key }) => key))
  report.attended = [...report.attended.filter(({ key }) => !again.has(key)), ...attended]
  const failedAgain = new Set(failed.map(({ key }) => key))
  report.failed = [...report.failed.filter(({ key }) => !again.has(key) && !failedAgain.has(key)), ...failed]
}

async function runOnce(context: Context): Promise<RunReport> {
  const plan = await planRun(context)
  const report: RunReport = { attended: [], failed: [], postponed: plan.postponed, noted: [] }
  for (const record of plan.idle) report.attended.push(idleOf(record))
  const { atOnce } = context.limits
  const working: Working = {
    context: { ...context, slots: new Slots(atOnce) },
    report,
    endsAt: context.clock.monotonicMs() + context.waitMs,
    unchanged: [],
  }
  await Promise.all([
    inLanes(working, plan.rotations, atOnce, (errand) => visit(working, errand)),
    inLanes(working, plan.visits, LOOKS_AT_ONCE, (errand) => visit(working, errand)),
    inLanes(working, plan.looks, LOOKS_AT_ONCE, (errand) => look(working, errand)),
  ])
  await noteUnchanged(working)
  const order = new Map([...context.keys.keys()].map((name, index) => [name, index]))
  report.attended.sort((a, b) => (order.get(a.key) ?? -1) - (order.get(b.key) ?? -1))
  return report
}

interface Working {
  context: Context
  report: RunReport
  /** Until when this run waits for anything, on the monotonic clock. */
  endsAt: number
  /** Keys that were looked at and show nothing new, not noted yet. */
  unchanged: string[]
}

function idleOf(record: NonNullable<Attended['record']>): Attended {
  return { key: record.key, end: 'idle', record, notes: [] }
}

/**
 * Keys of the same issuer and stores share a lane, with so many workers each: those of one that is down never hold up
 * the keys of another. Once asked to stop, nothing new is taken up; what goes wrong with one key stops that key alone.
 */
async function inLanes<T extends Errand>(
  { context, report }: Working,
  errands: readonly T[],
  workers: number,
  work: (errand: T) => Promise<void>,
): Promise<void> {
  const lanes = Map.groupBy(errands, ({ name }) => labelsOf(context, name, null).join())
  const runLane = async (lane: readonly T[]) => {
    let next = 0
    const worker = async () => {
      while (next < lane.length && !context.stop.aborted) {
        const errand = lane[next++]
        if (!errand) return
        try {
          await work(errand)
        } catch (error) {
          report.failed.push({ key: errand.name, error })
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(workers, lane.length) }, worker))
  }
  await Promise.all([...lanes.values()].map(runLane))
}

/** Claims the key and does what is wanted; what has waited for this run's whole time is only taken one step further. */
async function visit({ context, report, endsAt }: Working, { name, purpose }: Errand): Promise<void> {
  const waitMs = Math.min(context.waitMs, Math.max(0, endsAt - context.clock.monotonicMs()))
  try {
    report.attended.push(await attend({ ...context, waitMs }, name, purpose))
  } catch (error) {
    const isLate =
      error instanceof ServiceError && error.code === 'settle-too-long' && waitMs < context.waitMs
    if (!isLate) throw error
    report.postponed.push({ key: name, why: 'too little of the time of this run (--wait) is left' })
  }
}

/** Reads the targets without a claim; only what shows something new is claimed. */
async function look(
  working: Working,
  errand: Errand & { record: NonNullable<Attended['record']> },
): Promise<void> {
  if (!(await showsNothingNew(working.context, errand.record))) {
    await visit(working, errand)
    return
  }
  working.report.attended.push(idleOf(errand.record))
  working.unchanged.push(errand.name)
  if (working.unchanged.length >= NOTED_AT_ONCE) await noteUnchanged(working)
}

/** Many records in one transaction. */
async function noteUnchanged(working: Working): Promise<void> {
  const keys = working.unchanged
  working.unchanged = []
  if (keys.length > 0) await working.context.journal.noteLooks(keys, working.context.clock.wallMs())
}
