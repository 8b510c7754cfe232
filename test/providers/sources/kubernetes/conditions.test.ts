import { describe, expect, it } from 'vitest'
import {
  conditionOfAnswers,
  conditionsOf,
  mergeConditions,
} from '../../../../providers/sources/kubernetes/conditions.ts'
import type { Condition } from '../../../../providers/sources/kubernetes/objects.ts'
import type { Answer, KeyProblem } from '../../../../src/contracts/key-source.ts'

const at = { time: '2026-11-27T14:00:00Z', generation: 3 }
const ready: Condition = {
  ...{ type: 'Ready', status: 'True', reason: 'Current', message: '' },
  lastTransitionTime: '2026-11-01T00:00:00Z',
} as Condition
const problems: KeyProblem[] = [
  {
    path: 'spec.issuer',
    message: 'is not opened to this namespace',
    expected: 'one of a, b',
    suggestion: 'a',
  },
  { path: 'spec.every', message: 'is a number' },
]

function answerOf(name: Answer['request']['name'], isTaken: boolean, text: string): Answer {
  return { request: { name, words: '', by: 'kubectl', token: name }, isTaken, text }
}

describe('conditions of a declaration', () => {
  it('say everything that is wrong, and the record’s own stay', () => {
    const shown = conditionsOf({ is: 'refused', problems }, [ready]) ?? []
    const drifted = { ...ready, type: 'Drifted', status: 'False' } as Condition
    expect(mergeConditions([ready, drifted], shown, at)).toEqual([
      drifted,
      {
        type: 'Ready',
        status: 'False',
        reason: 'InvalidSpec',
        message:
          'spec.issuer: is not opened to this namespace (expected: one of a, b) (did you mean: a); spec.every: is a number',
        observedGeneration: 3,
        lastTransitionTime: at.time,
      },
    ])
  })

  it('are not written again when they say it already, and keep their time while the status stays', () => {
    const notice = { is: 'refused', problems } as const
    const once = mergeConditions([], conditionsOf(notice, []) ?? [], at)
    expect(conditionsOf(notice, once)).toBeNull()
    const fewer = conditionsOf({ is: 'refused', problems: problems.slice(1) }, once) ?? []
    const later = { time: '2026-11-28T00:00:00Z', generation: 4 }
    expect(mergeConditions(once, fewer, later)[0]).toMatchObject({
      lastTransitionTime: at.time,
      observedGeneration: 4,
    })
  })

  it('take back what was wrong, and say nothing where the record speaks', () => {
    const wrong = mergeConditions([], conditionsOf({ is: 'refused', problems }, []) ?? [], at)
    expect(conditionsOf({ is: 'accepted' }, wrong)).toMatchObject([{ status: 'Unknown', reason: 'Accepted' }])
    expect(conditionsOf({ is: 'accepted' }, [ready])).toBeNull()
  })

  it('tell a namespace that is not opened from a spec that is wrong', () => {
    const closed = [{ path: 'metadata.namespace', message: 'is not opened to keys of teams' }]
    expect(conditionsOf({ is: 'refused', problems: closed }, [])).toMatchObject([
      { reason: 'NamespaceNotOpened' },
    ])
  })

  it('say what a deleted one waits for', () => {
    expect(conditionsOf({ is: 'leaving', text: 'x', isBlocked: true }, [ready])).toMatchObject([
      { type: 'Deleting', status: 'True', reason: 'Blocked', message: 'x' },
    ])
  })

  it('answer one request by its name, and several together', () => {
    expect(conditionOfAnswers([answerOf('rotate', true, 'a rotation is requested')])).toEqual({
      ...{ type: 'Answered', status: 'True', reason: 'RotateTaken' },
      message: 'rotate: a rotation is requested',
    })
    const two = [
      answerOf('compromised', true, 'it is rotated at once'),
      answerOf('pause', false, 'is not valid'),
    ]
    expect(conditionOfAnswers(two)).toEqual({
      ...{ type: 'Answered', status: 'False', reason: 'RequestsRefused' },
      message: 'compromised: it is rotated at once; pause: is not valid',
    })
  })

  it('are cut to what a terminal shows', () => {
    const long = Array.from({ length: 200 }, () => ({ path: 'spec.service', message: 'x'.repeat(100) }))
    const [shown] = conditionsOf({ is: 'refused', problems: long }, []) ?? []
    expect(shown?.message).toHaveLength(4_000)
  })
})
