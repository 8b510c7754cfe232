import type { ProbeAnswer } from '../../contracts/key-issuer.ts'
import type { Streak, StreakName } from '../../contracts/record.ts'
import { confirmPauseMs } from '../words/pace.ts'
import type { ProbeSet } from '../words/questions.ts'
import type { Turn } from '../words/turn.ts'

/**
 * `unsound`: the garbage key was accepted, so this probe proves nothing. `refused`: the key was refused, but no key
 * that must work was accepted in the same minute, so the refusal may be the service's and not the key's.
 */
export type Judged = 'accepted' | 'rejected' | 'refused' | 'unknown' | 'unsound'

/** Judges one subject with its controls: garbage must be refused, and for a rejection `control` must be accepted. */
export function judgeKey(set: ProbeSet | undefined, subject: string, control?: string | null): Judged {
  const answer = set?.subjects[subject]
  if (!set || !answer) return 'unknown'
  if (set.garbage.verdict === 'accepted') return 'unsound'
  if (set.garbage.verdict === 'unknown' || answer.verdict === 'unknown') return 'unknown'
  if (answer.verdict === 'accepted') return 'accepted'
  const known = control ? set.subjects[control]?.verdict : undefined
  return known === 'accepted' ? 'rejected' : 'refused'
}

/** Extends the streak of `name` by one verdict, or ends it. @returns the streak as it is now. */
export function extendStreak(
  turn: Turn,
  name: StreakName,
  verdict: 'accepted' | 'rejected' | null,
): Streak | null {
  const { streaks } = turn.rotation
  const before = streaks[name]
  if (verdict === null) {
    delete streaks[name]
    return null
  }
  const streak: Streak =
    before?.verdict === verdict
      ? { ...before, count: before.count + 1, last: turn.now }
      : { verdict, count: 1, since: turn.now, last: turn.now }
  streaks[name] = streak
  return streak
}

/** Whether the streak has the confirmations the policy asks for, spread over `spanMs`. */
export function isConfirmedStreak(turn: Turn, streak: Streak, spanMs: number): boolean {
  return streak.count >= turn.rotation.pin.policy.confirmations && streak.last - streak.since >= spanMs
}

/** When the next confirmation of this streak should be asked for. */
export function nextConfirmAt(turn: Turn, spanMs: number): number {
  return turn.now + confirmPauseMs(turn.rotation.pin.policy, spanMs)
}

/** The result of a probe for one subject, in words for the audit trail. */
export function describeProbe(set: ProbeSet | undefined, subject: string): Record<string, unknown> {
  if (!set) return {}
  return {
    subject: describeAnswer(set.subjects[subject]),
    garbage: describeAnswer(set.garbage),
    others: Object.fromEntries(
      Object.entries(set.subjects)
        .filter(([fingerprint]) => fingerprint !== subject)
        .map(([fingerprint, answer]) => [fingerprint, describeAnswer(answer)]),
    ),
  }
}

/** `rejected (401)`: one verdict with what is behind it. */
export function describeAnswer(answer: ProbeAnswer | undefined): string {
  if (!answer) return 'not asked'
  const { verdict, status, why } = answer
  return `${verdict}${status ? ` (${status})` : ''}${why ? `: ${why}` : ''}`
}

/** The longest pause that the service asked for in this set of probes. */
export function askedPauseMs(set: ProbeSet | undefined): number {
  if (!set) return 0
  return Math.max(
    0,
    set.garbage.retryAfterMs ?? 0,
    ...Object.values(set.subjects).map((a) => a.retryAfterMs ?? 0),
  )
}
