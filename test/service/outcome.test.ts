/* The table from a key's situation to a result, with every combination of its classes. */

import { expect, test } from 'vitest'
import { codeOf } from '../../src/cli/exit-codes.ts'
import { type KeyRecord, newRecord } from '../../src/contracts/record.ts'
import { nextStepsOf } from '../../src/service/next-steps.ts'
import { judge, type Result, resultOf, rows, type Situation, situationOf } from '../../src/service/outcome.ts'
import { makeDeployed } from '../workflow/record.ts'

const NOW = 5_000_000

const classes: { [K in keyof Situation]: readonly Situation[K][] } = {
  end: ['ended', 'waiting', 'standing', 'stopped', 'idle', 'claimed'],
  standing: ['none', 'planned', 'passing', 'person', 'person-late', 'blocked'],
  ended: [null, 'completed', 'rolled-back', 'not-started'],
  broken: [false, true],
  debts: [false, true],
  violations: [false, true],
  places: ['fine', 'drift', 'denied', 'down'],
  asked: [false, true],
}

function combine(): Situation[] {
  return Object.entries(classes).reduce<object[]>(
    (all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  ) as Situation[]
}

/** What a person must be told of, in words of its own: the table must not be its own proof. */
function expected(one: Situation): Result {
  if (one.end === 'claimed') return 'claimed'
  const wrong =
    one.standing === 'blocked' ||
    one.standing === 'person-late' ||
    one.ended === 'rolled-back' ||
    one.ended === 'not-started' ||
    one.broken ||
    one.debts ||
    one.violations ||
    one.places === 'drift' ||
    one.places === 'denied'
  if (wrong) return 'needs-person'
  if (one.standing === 'passing' || one.places === 'down') return 'unavailable'
  if (one.standing !== 'none') return 'waiting'
  if (one.end === 'waiting') return one.asked ? 'postponed' : 'waiting'
  return one.end === 'standing' ? 'waiting' : 'done'
}

const situations = combine()

test(`each of ${situations.length} combinations has the result that a person expects`, () => {
  const different = situations.filter((one) => judge(one) !== expected(one))
  expect(different).toEqual([])
})

test('every row decides some combination, and only what needs nobody exits with 0', () => {
  const deciding = new Set(situations.map((one) => rows.find((row) => row.is(one))?.name))
  expect([...deciding].toSorted()).toEqual(rows.map(({ name }) => name).toSorted())
  const codes = Object.fromEntries(rows.map(({ name, result }) => [name, codeOf(result)]))
  expect(codes).toEqual({
    'another process works on it': 6,
    blocked: 4,
    'a person is late': 4,
    'not completed': 4,
    'a consumer may be broken': 4,
    'a key has to be deleted': 4,
    'other trouble': 4,
    'a target is wrong or refuses': 4,
    'a provider holds it up': 5,
    'a target is down': 5,
    'asked for and not begun': 5,
    'waits as planned': 0,
    done: 0,
  })
})

type Change = (record: KeyRecord) => void

const failure = {
  code: 'denied',
  message: 'the store returned 403',
  nextStep: 'Allow it.',
  effect: 'none',
} as const
const debt = { name: 'the key of Jane', rotation: 'r', why: 'not used', since: 0 }
const ended = { id: 'r', at: 1, reason: 'asked' } as const
const exceptions = [{ kind: 'kill-by', detail: 'revoked while renderer was not validated' }] as const

function running(change: (rotation: NonNullable<KeyRecord['rotation']>) => void): Change {
  return (record) => {
    record.rotation = makeDeployed().rotation
    if (record.rotation) change(record.rotation)
  }
}

/** From a record to its row and the commands that are printed. */
test.each<[string, Situation['end'], Change, Result, string[]]>([
  ['nothing to do', 'idle', () => undefined, 'done', []],
  [
    'a debt is left after a completed rotation',
    'ended',
    (record) => {
      record.last = { ...ended, end: 'completed' }
      record.debts.push(debt)
    },
    'needs-person',
    ["keyrota resume video --confirm 'deleted:the key of Jane'"],
  ],
  [
    'a deadline ended the old key under a consumer',
    'ended',
    (record) => {
      record.last = { ...ended, end: 'completed', exceptions: [...exceptions] }
    },
    'needs-person',
    ['keyrota check video'],
  ],
  [
    'a deadline ended the old key under a consumer, and nothing was done since',
    'idle',
    (record) => {
      record.last = { ...ended, end: 'completed', exceptions: [...exceptions] }
    },
    'needs-person',
    ['keyrota check video'],
  ],
  [
    'blocked by a value of somebody else',
    'standing',
    running((rotation) => {
      rotation.standing = 'blocked'
      rotation.hold = {
        reason: 'drift',
        detail: 'a holds another value',
        command: 'keyrota resume video --confirm adopt:abcd',
        needs: 'adopt:abcd',
        since: 0,
      }
    }),
    'needs-person',
    ['keyrota resume video --confirm adopt:abcd', 'keyrota resume video --confirm overwrite:abcd'],
  ],
  [
    'a provider is down',
    'waiting',
    running((rotation) => {
      rotation.standing = 'waiting'
      rotation.hold = { reason: 'target-down', detail: 'a does not respond', since: 0, until: NOW }
    }),
    'unavailable',
    [],
  ],
  [
    'a person was asked and is late',
    'standing',
    running((rotation) => {
      rotation.standing = 'awaiting-operator'
      rotation.operator = { kind: 'create', name: 'k', askedAt: 0, remindAt: 0, deadline: NOW - 1 }
      rotation.hold = { reason: 'x', detail: 'create a key', command: 'keyrota supply video', since: 0 }
    }),
    'needs-person',
    ['keyrota supply video'],
  ],
  [
    'a target that holds a value of somebody else',
    'idle',
    (record) => {
      record.places = { a: { at: 0, holds: 'foreign', fingerprint: 'abcd' }, b: { at: 0, holds: 'current' } }
    },
    'needs-person',
    ['keyrota rotate video'],
  ],
  [
    'a target that refuses',
    'idle',
    (record) => {
      record.places = { a: { at: 0, holds: 'unreadable', failure } }
    },
    'needs-person',
    ['keyrota check video'],
  ],
  [
    'trouble on record',
    'idle',
    (record) => {
      record.violations = [
        { kind: 'no-way-to-revoke', detail: 'the id is unknown', since: 0 },
        { kind: 'dead-value:a', detail: 'a holds a dead key', since: 0 },
      ]
    },
    'needs-person',
    ["keyrota resume video --confirm 'id:<its id at the issuer>'", 'keyrota rotate video'],
  ],
  [
    'an earlier version of a dead key that a store keeps',
    'ended',
    (record) => {
      record.last = { ...ended, end: 'completed' }
      record.violations = [{ kind: 'not-retired:store/app#KEY', detail: 'version 3 of a', since: 0 }]
    },
    'done',
    ['keyrota explain video'],
  ],
])('%s', (_, end, change, result, commands) => {
  const record = newRecord('video', 'k7f3')
  change(record)
  expect(resultOf({ key: 'video', end, record, notes: [] }, NOW)).toBe(result)
  const steps = nextStepsOf(record)
  expect(steps.map(({ command }) => command)).toEqual(commands)
  for (const { about, does } of steps) expect([about, does]).not.toContain('')
})

test('a rotation that was asked for and not begun is not a success', () => {
  const attended = { key: 'video', end: 'waiting', record: newRecord('video', 'k7f3'), notes: [] } as const
  expect(resultOf(attended, NOW, true)).toBe('postponed')
  expect(resultOf(attended, NOW, false)).toBe('waiting')
  expect(situationOf(attended, NOW, true)).toMatchObject({ standing: 'none', places: 'fine' })
})
