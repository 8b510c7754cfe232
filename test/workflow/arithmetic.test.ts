import fc from 'fast-check'
import { expect, test } from 'vitest'
import { judgeKey } from '../../src/workflow/keys/verdicts.ts'
import { backoffMs, confirmPauseMs, landsBy } from '../../src/workflow/words/pace.ts'
import { policy } from './record.ts'

test('pauses double up to the longest, spread by at most a fifth, and are never shorter than asked for', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.string(), fc.nat(200_000), (count, salt, asked) => {
      const whole = Math.min(policy.retryMinMs * 2 ** Math.min(count, 20), policy.retryMaxMs)
      const pause = backoffMs(count, policy, salt, asked)
      expect(pause).toBeGreaterThanOrEqual(Math.max(Math.floor(whole * 0.8), asked))
      expect(pause).toBeLessThanOrEqual(Math.max(whole, asked))
      expect(backoffMs(count, policy, salt, asked)).toBe(pause)
    }),
  )
})

test('the confirmations together span the settle time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 20 }), fc.nat(100_000), (confirmations, spanMs) => {
      const pause = confirmPauseMs({ ...policy, confirmations }, spanMs)
      expect(pause * (confirmations - 1)).toBeGreaterThanOrEqual(spanMs)
    }),
  )
})

test('a call may take effect until its limit and the settle time of its target are over', () => {
  expect(landsBy(1_000, policy, 5_000)).toBe(16_000)
})

const answer = fc.constantFrom('accepted', 'rejected', 'unknown' as const)

test('a verdict needs its controls: garbage refused, and for a rejection a key that works', () => {
  fc.assert(
    fc.property(answer, answer, answer, (garbage, subject, control) => {
      const set = {
        at: 0,
        garbage: { verdict: garbage },
        subjects: { subject: { verdict: subject }, control: { verdict: control } },
      }
      const judged = judgeKey(set, 'subject', 'control')
      if (garbage === 'accepted') expect(judged).toBe('unsound')
      else if (garbage === 'unknown' || subject === 'unknown') expect(judged).toBe('unknown')
      else if (subject === 'accepted') expect(judged).toBe('accepted')
      else expect(judged).toBe(control === 'accepted' ? 'rejected' : 'refused')
      expect(judgeKey(set, 'subject', null)).not.toBe('rejected')
    }),
  )
})
