/* Every wait and every block carries what was seen last, what was expected, and where. */

import { expect, test } from 'vitest'
import type { Failure, KeyRecord } from '../../src/contracts/record.ts'
import { collectEvidence, describeEvidence } from '../../src/workflow/words/evidence.ts'
import type { Answers } from '../../src/workflow/words/questions.ts'
import { reasons } from '../../src/workflow/words/reasons.ts'
import { block, type Turn, wait } from '../../src/workflow/words/turn.ts'
import { makeDeployed } from './record.ts'

const NOW = 2_000_000
const NEW = 'newnewnewnewnewn'
const OLD = 'oldoldoldoldoldo'

const failure: Failure = { code: 'denied', message: 'the store returned 403', nextStep: '', effect: 'none' }
const failed = { is: 'failed', failure } as const
const nothing: Answers = {
  targets: {},
  checks: {},
  found: {},
  consumers: {},
  holders: {},
  held: [],
  present: null,
  runUntil: 0,
}

function turnOf(answers: Partial<Answers>, record: KeyRecord = makeDeployed()): Turn {
  const { rotation } = record
  if (!rotation) throw new Error('no rotation')
  return { record, rotation, answers: { ...nothing, ...answers }, now: NOW, audit: [], events: [] }
}

function linesOf(answers: Partial<Answers>, change?: (turn: Turn) => void): string[] {
  const turn = turnOf(answers)
  change?.(turn)
  return collectEvidence(turn).map(describeEvidence)
}

function probe(garbage: object, subjects: object) {
  return { probe: { at: NOW, garbage, subjects } } as unknown as Partial<Answers>
}

const rejected = { verdict: 'rejected' }
const unknown = { verdict: 'unknown', status: 403, expected: '422 (accepted) or 401 (rejected)' }

test.each([
  ['nothing was asked', {}, []],
  ['all is well', probe(rejected, { [NEW]: { verdict: 'accepted' } }), []],
  [
    'the probe gives no verdict on either key',
    probe(unknown, { [NEW]: { verdict: 'unknown', why: 'timeout' } }),
    [
      'probe of issuer, garbage key: no verdict, status 403; expected 422 (accepted) or 401 (rejected)',
      `probe of issuer, new key ${NEW}: no verdict, timeout; expected accepted`,
    ],
  ],
  [
    'the old key is refused',
    probe(rejected, { [OLD]: { verdict: 'rejected', status: 401 } }),
    [`probe of issuer, old key ${OLD}: rejected, status 401; expected accepted`],
  ],
  [
    'targets cannot be read, are empty, or hold a value of somebody else',
    {
      targets: {
        a: failed,
        b: { is: 'absent', missing: 'field' },
        c: { is: 'value', fingerprint: 'foreignforeignfo', version: '1', writer: 'kubectl' },
        d: { is: 'value', fingerprint: OLD, version: '1' },
      },
    },
    [
      'a: the store returned 403',
      'b: the field does not exist',
      `c: holds foreignforeignfo, written by kubectl; expected ${OLD} or ${NEW}`,
    ],
  ],
  ['access is denied', { checks: { a: failed } }, ['access to a: the store returned 403']],
  [
    'consumers are not ready, or run with another key',
    {
      consumers: {
        a: failed,
        b: { is: 'told', readiness: { is: 'progressing', why: 'pod renderer-1 is starting' } },
        c: { is: 'told', readiness: { is: 'ready', fingerprint: OLD } },
        d: { is: 'told', readiness: { is: 'ready', fingerprint: NEW } },
      },
    },
    [
      'consumer a: the store returned 403',
      'consumer b: progressing: pod renderer-1 is starting; expected ready',
      `consumer c: ready, runs with ${OLD}; expected ready with the new key ${NEW}`,
    ],
  ],
  [
    'the issuer cannot be asked',
    { list: failed, found: { m: failed }, identified: failed },
    [
      'list of issuer: the store returned 403',
      'search for m: the store returned 403',
      'identification at issuer: the store returned 403',
    ],
  ],
] satisfies [string, Partial<Answers>, string[]][])('%s', (_, answers, lines) => {
  expect(linesOf(answers)).toEqual(lines)
})

test('after the revocation was sent, an old key that is accepted is the evidence', () => {
  const answers = probe(rejected, { [OLD]: { verdict: 'accepted', status: 422 } })
  expect(
    linesOf(answers, ({ rotation }) => {
      rotation.revocation = { state: 'answered', landsBy: 0, tries: 1, nextTryAt: 0, why: 'returned 500' }
    }),
  ).toEqual([
    `probe of issuer, old key ${OLD}: accepted, status 422; expected rejected`,
    'revocation at issuer: returned 500',
  ])
})

test('a lost creation says what was wrong with its answer', () => {
  const lines = linesOf({}, ({ rotation }) => {
    const [attempt] = rotation.attempts
    if (attempt)
      Object.assign(attempt, { state: 'lost', why: 'create.parts.value finds nothing in the answer' })
  })
  expect(lines).toEqual([
    'creation of keyrota-video-k7f3-20261122-aaaaaa-1: create.parts.value finds nothing in the answer',
  ])
})

test('a write that was refused is evidence until it is done', () => {
  const ledger = { baseline: null, holds: 'old', tries: 1, nextTryAt: 0, failure } as const
  const write = { mark: 'm', purpose: 'deploy', fingerprint: NEW, replaces: '1', at: 0, landsBy: 0 } as const
  const after = (state: 'not-done' | 'done') =>
    linesOf({}, ({ rotation }) => {
      rotation.targets.a = { ...ledger, writes: [{ ...write, state }] }
    })
  expect(after('not-done')).toEqual(['write to a: the store returned 403'])
  expect(after('done')).toEqual([])
})

test('it reaches the hold, the audit trail and the notifiers, and is bounded', () => {
  const targets = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`t${index}`, failed]))
  const turn = turnOf({ targets })
  block(turn, reasons.targetDown, 'targets cannot be read', { needs: 'overwrite:abcd' })
  expect(turn.rotation.hold?.evidence).toHaveLength(8)
  expect(turn.rotation.hold?.does).toBe('writes the new value over it')
  const lines = turn.rotation.hold?.evidence?.map(describeEvidence)
  expect(turn.audit[0]?.data?.evidence).toEqual(lines)
  expect(turn.events[0]?.evidence).toEqual(lines)
})

test('in a rollback, overwriting writes the old value', () => {
  const turn = turnOf({})
  turn.rotation.rollback = { why: 'asked', after: 'end' }
  block(turn, reasons.drift, 'another value', { needs: 'overwrite:abcd' })
  expect(turn.rotation.hold?.does).toBe('writes the old value over it')
})

test('a turn that asks nothing keeps what the same hold showed before', () => {
  const turn = turnOf({ checks: { a: failed } })
  wait(turn, NOW + 1, reasons.targetDown, 'down')
  const { evidence } = turn.rotation.hold ?? {}
  expect(evidence).toHaveLength(1)
  const next = { ...turn, answers: nothing }
  wait(next, NOW + 2, reasons.targetDown, 'down')
  expect(next.rotation.hold?.evidence).toEqual(evidence)
  wait(next, NOW + 3, reasons.overlap, 'overlap')
  expect(next.rotation.hold?.evidence).toBeUndefined()
})
