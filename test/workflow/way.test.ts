import { expect, test } from 'vitest'
import type { KeyRecord, Rotation } from '../../src/contracts/record.ts'
import { nextCareAt } from '../../src/workflow/words/pace.ts'
import type { Answers } from '../../src/workflow/words/questions.ts'
import { type Decided, decideNext } from '../../src/workflow/workflow.ts'
import { leaked, probes, readFails, streak } from './changes.ts'
import { type Change, given, NOW } from './given.ts'
import { makeRecord, policy } from './record.ts'

function decide({ record, answers }: { record: KeyRecord; answers: Answers }): Decided {
  return decideNext(record, answers, NOW)
}

function rotationOf({ record }: { record: KeyRecord }): Rotation {
  if (!record.rotation) throw new Error('no rotation')
  return record.rotation
}

const validated = streak('validated', 'accepted')

test('a step starts without the streaks, tries and flags of the one before, and with a full time to give up', () => {
  const before = given('validate', validated, (rotation) => {
    rotation.tries.probe = { count: 3, nextAt: NOW }
    rotation.flags.billed = true
    Object.assign(rotation, { progressAt: NOW - 1_000, stepSince: NOW - 1_000 })
    rotation.hold = { reason: 'settling', detail: '', since: NOW - 1_000 }
  })
  const decided = decide(before.when().decides(''))
  const after = rotationOf(decided)
  expect(after).toMatchObject({ step: 'revoke', streaks: {}, tries: {}, flags: {}, standing: 'active' })
  expect(after).toMatchObject({ progressAt: NOW, stepSince: NOW })
  expect(after.hold).toBeUndefined()
  expect(decided.audit.at(-1)).toMatchObject({ kind: 'step', data: { step: 'revoke' } })
})

test('the overlap lasts as long as the policy says, and not at all for a key that leaked or is dead', () => {
  const overlapMs = (...changes: Change[]) => {
    const { overlapUntil = 0 } = rotationOf(
      decide(
        given('validate', validated, ...changes)
          .when()
          .decides(''),
      ),
    )
    return overlapUntil - NOW
  }
  expect(overlapMs()).toBe(policy.overlapMs)
  expect(overlapMs(leaked)).toBe(0)
  expect(overlapMs((rotation) => void Object.assign(rotation.old ?? {}, { dead: true }))).toBe(0)
})

test('a target that delays the end of a leaked key raises an alarm once in a step', () => {
  const first = decide(given('deploy', leaked).when(readFails('unavailable')).decides(''))
  expect(first.events).toMatchObject([{ level: 'alarm', kind: 'target-lags' }])
  const { answers } = given('deploy', leaked).when(readFails('unavailable')).decides('')
  expect(decideNext(first.record, answers, NOW + 1_000).events).toEqual([])
})

test('a probe that may have cost money raises an alarm once in a step', () => {
  const { record, answers } = given('create')
    .when(probes('accepted', 'accepted'), (asked) => {
      if (asked.probe) asked.probe = { ...asked.probe, garbage: { verdict: 'rejected', mayHaveBilled: true } }
    })
    .decides('')
  const first = decideNext(record, answers, NOW)
  expect(first.events).toMatchObject([{ level: 'alarm', kind: 'probe-may-have-billed' }])
  expect(decideNext(first.record, answers, NOW + 1_000).events).toEqual([])
})

test('after-care reads the targets a bounded number of times, then no more', () => {
  const record = makeRecord()
  const { pin } = rotationOf({ record })
  expect(nextCareAt(record, pin, NOW)).toBeNull()
  record.afterCare = { until: NOW + policy.afterCareMs, forMs: policy.afterCareMs, tries: {}, intents: [] }
  expect(nextCareAt(record, pin, NOW)).toBe(NOW + policy.afterCareMs / 24)
  expect(nextCareAt(record, pin, NOW + policy.afterCareMs)).toBeNull()
  record.quietUntil = NOW + 5
  expect(nextCareAt(record, pin, NOW)).toBe(NOW + 5)
})
