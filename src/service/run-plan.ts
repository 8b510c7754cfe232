/** What `run` and `serve` have to do, found out from the records alone: no key is claimed and no provider asked for it. */
import type { Uptime } from '../contracts/clock.ts'
import type { KeyConfig } from '../contracts/config.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { readRecords } from '../engine/all-records.ts'
import type { Purpose } from '../engine/attend.ts'
import { newRotationId } from '../engine/rotation-id.ts'
import { admit } from '../schedule/admission.ts'
import { countStartedSince, dueOf } from '../schedule/key-due.ts'
import { nextLookAt } from '../workflow/between/next-look.ts'
import type { StartRequest } from '../workflow/between/start.ts'
import { findWrongTime } from '../workflow/between/times.ts'
import type { Context } from './context.ts'
import { refreshPause } from './pause.ts'

const DAY_MS = 86_400_000
/** Without asking providers for their settle times: a longer quiet time is judged under a claim. */
const LONGEST_QUIET_MS = 86_400_000

/** One key that is claimed, and what is wanted of it. */
export interface Errand {
  name: string
  purpose: Purpose
}

export interface RunPlan {
  /** Rotations that run or may start. */
  rotations: Errand[]
  /** Keys that are new here, or cannot be judged without a claim. */
  visits: Errand[]
  /** Keys whose targets are due to be read, which needs no claim while nothing is new. */
  looks: (Errand & { record: KeyRecord })[]
  /** Keys of which nothing is due. */
  idle: KeyRecord[]
  /** Keys that are due and were left for a later run by the limits, with the reason. */
  postponed: { key: string; why: string }[]
}

/** What of the work is planned, and what goes on already. */
export interface Planning {
  /** Only these keys; absent: every key of the config, and rotations of keys that it no longer has. */
  among?: ReadonlySet<string>
  /** Keys whose rotation this process drives already, or is about to start. */
  busy?: ReadonlySet<string>
  /** Rotations that count for `limits.perRun` already. */
  startedInRun?: number
  /** Whether a foreign claim is watched for its lease and taken over; otherwise a claimed key is left alone. */
  takeOver?: boolean
}

export async function planRun(context: Context): Promise<RunPlan> {
  await refreshPause(context)
  return planFrom(context, await readRecords(context.journal))
}

/** What is due by these records. Records of keys that are not asked for count for the limits all the same. */
export function planFrom(
  context: Context,
  records: ReadonlyMap<string, KeyRecord>,
  { among, busy = new Set(), startedInRun = 0, takeOver = true }: Planning = {},
): RunPlan {
  const now = context.clock.wallMs()
  const keys = among ? [...among].flatMap((name) => context.keys.get(name) ?? []) : [...context.keys.values()]
  const due = keys.flatMap((key) => {
    const judged = dueOf(records.get(key.name) ?? null, key, now, context.standing.pausedAll)
    return judged.due && judged.reason
      ? [{ key: key.name, reason: judged.reason, at: judged.at ?? now, group: key.group }]
      : []
  })
  const running = [...context.keys.values()].flatMap(({ name, group }) =>
    records.get(name)?.rotation || busy.has(name) ? [{ key: name, group }] : [],
  )
  // A rotation that was planned before and has not begun yet counts as well.
  const planned = [...busy].filter((name) => !records.get(name)?.rotation).length
  const startedInDay = planned + countStartedSince(records.values(), now - DAY_MS)
  // How many work at the same time is this run's own doing: it takes them up one after the other.
  const limits = { ...context.limits, atOnce: Number.POSITIVE_INFINITY }
  const { start, held } = admit(due, { running, startedInRun: planned + startedInRun, startedInDay }, limits)
  const starts: ReadonlySet<string> = new Set(start)
  const plan: RunPlan = { rotations: [], visits: [], looks: [], idle: [], postponed: held }
  const isAsked = (key: string) => among === undefined || among.has(key)
  // A rotation of a key that the config no longer has must not become invisible.
  for (const { key, rotation, installation } of records.values()) {
    if (rotation && installation === context.installation && !context.keys.has(key) && isAsked(key))
      plan.rotations.push({ name: key, purpose: { takeOver, start: () => null } })
  }
  const uptime = context.clock.uptime()
  for (const key of keys)
    sort(plan, context, { key, record: records.get(key.name), starts, now, uptime, takeOver })
  return plan
}

function sort(
  plan: RunPlan,
  context: Context,
  about: {
    key: KeyConfig
    record: KeyRecord | undefined
    starts: ReadonlySet<string>
    now: number
    uptime: Uptime | null
    takeOver: boolean
  },
): void {
  const { key, record, starts, now, uptime, takeOver } = about
  const errand = { name: key.name, purpose: purposeFor(context, key, { starts, takeOver }) }
  // The claim refuses what is not ours; trouble and debts are judged again with all there is to ask.
  const isForeign = record !== undefined && record.installation !== context.installation
  if (isForeign) plan.visits.push(errand)
  else if (record?.rotation || starts.has(key.name)) plan.rotations.push(errand)
  else if (!record?.current || isTroubled(record) || hasWrongTime(record, now, uptime))
    plan.visits.push(errand)
  else if (nextLookAt(record, lookInputOf(key)) > now) plan.idle.push(record)
  // Without a claim nothing that is on record is judged again.
  else if (record.afterCare?.intents.length || record.violations.length > 0) plan.visits.push(errand)
  else plan.looks.push({ ...errand, record })
}

/** Trouble that is judged again at each pass, with all there is to ask. */
export function isTroubled({ debts, violations }: KeyRecord): boolean {
  return debts.length > 0 || violations.some((one) => !isLasting(one))
}

/** Whether a time of this record cannot be right, so that its times begin again under a claim. */
export function hasWrongTime(record: KeyRecord, now: number, uptime: Uptime | null): boolean {
  return findWrongTime(record, null, { now, uptime, leaseMs: LONGEST_QUIET_MS }) !== null
}

/** Trouble that is shown for long and needs nobody at once: it is judged again when the targets are read anyway. */
function isLasting({ kind }: KeyRecord['violations'][number]): boolean {
  return kind.startsWith('not-retired:') || kind === 'handed-over' || kind === 'no-way-to-revoke'
}

export function lookInputOf({ name, lookEveryMs, policy, targets }: KeyConfig) {
  return { key: name, lookEveryMs, policy, targets: targets.map(({ id }) => id) }
}

function purposeFor(
  context: Context,
  key: KeyConfig,
  { starts, takeOver }: { starts: ReadonlySet<string>; takeOver: boolean },
): Purpose {
  return {
    takeOver,
    start: (record, now) => {
      // What was not known to be due when the limits were judged waits for the next run; a key that has no value yet
      // is known to be so only now, and no consumer uses it. A leaked key waits for no limit.
      const due = dueOf(record, key, now, context.standing.pausedAll)
      if (key.observe || !due.due || !due.reason) return null
      const isFree = due.reason === 'first' || due.reason === 'compromised'
      if (!isFree && !starts.has(key.name)) return null
      return { id: newRotationId(context, now), reason: due.reason, why: due.why, ...askedOf(record) }
    },
  }
}

/** What a person reported of the leak that the rotation is for, and the campaign that it belongs to. */
function askedOf({ request }: KeyRecord): Pick<StartRequest, 'compromised' | 'campaign'> {
  const campaign = request?.campaign ? { campaign: request.campaign } : {}
  if (request?.reason !== 'compromised') return campaign
  const { leaked = 'both', killBy, why } = request
  const report = { leaked, ...(killBy === undefined ? {} : { killBy }), ...(why ? { why } : {}) }
  return { ...campaign, compromised: report }
}
