/** Which of the due keys may start now, by the limits of the config. */
import type { RotationLimits } from '../contracts/config.ts'
import type { DueReason } from '../contracts/record.ts'

export interface DueKey {
  key: string
  reason: DueReason
  /** Since when it is due: milliseconds since 1970. */
  at: number
  group?: string | undefined
}

export interface Traffic {
  /** Keys whose rotation runs now. */
  running: readonly { key: string; group?: string | undefined }[]
  /** Rotations started by this run, and by anybody within the last 24 hours. */
  startedInRun: number
  startedInDay: number
}

export interface Admission {
  start: string[]
  held: { key: string; why: string }[]
}

/** Who goes first when not all may go. */
const order: readonly DueReason[] = ['compromised', 'asked', 'expiry', 'first', 'age']

/**
 * Which of the due keys may start now: the most pressing reason first, then the longest due. A compromised key waits
 * for no limit; it counts all the same.
 */
export function admit(due: readonly DueKey[], traffic: Traffic, limits: RotationLimits): Admission {
  const admission: Admission = { start: [], held: [] }
  const groups = new Set(traffic.running.map(({ group }) => group).filter((group) => group !== undefined))
  for (const candidate of due.toSorted(comparePress)) {
    const why =
      candidate.reason === 'compromised'
        ? undefined
        : findLimit(candidate, groups, admission.start.length, traffic, limits)
    if (why !== undefined) {
      admission.held.push({ key: candidate.key, why })
      continue
    }
    admission.start.push(candidate.key)
    if (candidate.group !== undefined) groups.add(candidate.group)
  }
  return admission
}

function comparePress(a: DueKey, b: DueKey): number {
  return order.indexOf(a.reason) - order.indexOf(b.reason) || a.at - b.at || (a.key < b.key ? -1 : 1)
}

function findLimit(
  candidate: DueKey,
  groups: ReadonlySet<string>,
  started: number,
  traffic: Traffic,
  limits: RotationLimits,
): string | undefined {
  if (candidate.group !== undefined && groups.has(candidate.group))
    return `another key of the group ${candidate.group} rotates`
  if (traffic.running.length + started >= limits.atOnce) return `${limits.atOnce} rotations run already`
  if (traffic.startedInRun + started >= limits.perRun)
    return `this run has started ${limits.perRun} rotations`
  if (traffic.startedInDay + started >= limits.perDay)
    return `${limits.perDay} rotations were started within 24 hours`
  return undefined
}
