import { formatDuration } from '../../contracts/duration.ts'
import { CYCLES_BEFORE_EXPIRY, retryCyclesMs } from '../../contracts/retry-cycle.ts'
import type { Finding } from '../schema/judge.ts'
import { defaultPolicy } from '../schema/schema.ts'
import type { MergedPolicy } from './resolve-key.ts'

/** A finding at a field of the policy. The caller knows whether the key or `defaults` set it. */
export type PolicyFinding = Pick<Finding, 'message' | 'expected'> & { field: keyof MergedPolicy }

/** Finds fields of a policy that contradict each other although each is valid by itself. */
export function checkPolicy(policy: MergedPolicy, longestGapMs: number | undefined): PolicyFinding[] {
  const findings: PolicyFinding[] = []
  function demandMore(field: DurationField, than: DurationField): void {
    if (policy[field] > policy[than]) return
    findings.push({
      field,
      message: `is not longer than \`${than}\``,
      expected: `more than ${formatDuration(policy[than])}`,
    })
  }
  demandMore('lease', 'callLimit')
  demandMore('every', 'overlap')
  if (policy.askBefore !== defaultPolicy.askBefore) demandMore('every', 'askBefore')
  if (policy.retryMin > policy.retryMax) {
    findings.push({
      field: 'retryMin',
      message: 'is longer than `retryMax`',
      expected: `at most ${formatDuration(policy.retryMax)}`,
    })
  }
  if (policy.settle !== undefined && policy.settle >= policy.giveUp) {
    findings.push({
      field: 'giveUp',
      message: 'is not longer than `settle`, so a rotation would give up before it has a verdict',
      expected: `more than ${formatDuration(policy.settle)}`,
    })
  }
  if (longestGapMs !== undefined && longestGapMs > policy.every) {
    findings.push({
      field: 'window',
      message: `stays closed for longer than \`every\``,
      expected: `an opening at least every ${formatDuration(policy.every)}`,
    })
  }
  return [...findings, ...checkExpiry(policy, longestGapMs)]
}

type DurationField = 'lease' | 'callLimit' | 'every' | 'overlap' | 'askBefore'

/** A key that expires must be due early enough for three failed rotations before it does. */
function checkExpiry(policy: MergedPolicy, longestGapMs: number | undefined): PolicyFinding[] {
  if (policy.expiresAfter === undefined) return []
  const cyclesMs = retryCyclesMs({ giveUpMs: policy.giveUp, longestGapMs })
  const roomMs = policy.expiresAfter - cyclesMs
  if (policy.every <= roomMs) return []
  const needed = `${CYCLES_BEFORE_EXPIRY} retry cycles before the key expires need ${formatDuration(cyclesMs)}`
  if (roomMs <= 0)
    return [{ field: 'expiresAfter', message: needed, expected: 'a later expiry, or a shorter `giveUp`' }]
  return [{ field: 'every', message: needed, expected: `at most ${formatDuration(roomMs)}` }]
}
