import { describe, expect, test } from 'vitest'
import type { ApiIssuerTraits } from '../../src/contracts/key-issuer.ts'
import type { Effect, KeyRecord, Pin, PinnedTarget, Rotation, Step } from '../../src/contracts/record.ts'
import type { Answers } from '../../src/workflow/words/questions.ts'
import { type Decided, decideNext } from '../../src/workflow/workflow.ts'
import { makeRecord, policy } from './record.ts'

/*
 * The language of the tables in `cases/`: a record and answers in, one line of text out.
 *
 *   given('deploy').when(reads('a', FOREIGN)).decides('block (drift), needs overwrite:foreign')
 *
 * `given(step)` is a healthy rotation in that step and `when()` healthy answers to its questions, so a row says only
 * what is different. A time in a result is counted from NOW, in whole seconds.
 */

export const NOW = 1_800_000_000_000
export const OLD = 'old'
export const NEW = 'new'
export const FOREIGN = 'foreign'
export const MARK = 'k7f3-20261122-aaaaaa-1'

type Draft = { -readonly [K in keyof Answers]: Answers[K] }
export type Change = (rotation: Rotation, record: KeyRecord) => void
export type Answer = (answers: Draft, rotation: Rotation) => void

interface Case {
  record: KeyRecord
  answers: Answers
  claimed: boolean
  expected: string
}
export type Cases = Readonly<Record<string, Case>>

export function target(name: string): PinnedTarget {
  const traits = { readable: true, compareAndSet: true, settleMs: 10_000 }
  return { id: name, store: 'store', secret: name, fields: { value: 'KEY' }, traits }
}

function pin(): Pin {
  const traits: ApiIssuerTraits = {
    parts: ['value'],
    settleMs: 5_000,
    onLostAnswer: 'find',
    oldKeyOnIssue: 'lives',
    listDelayMs: 20_000,
  }
  return {
    issuer: { name: 'issuer', lifecycle: 'many', traits, canDisable: false, canIdentify: true },
    targets: [target('a')],
    consumers: [],
    policy: { ...policy, quietForMs: 0 },
  }
}

/** A healthy rotation of one target in this step. */
function start(step: Step): KeyRecord {
  const record = makeRecord()
  const { rotation } = record
  if (!rotation || !record.current) throw new Error('no rotation')
  Object.assign(rotation, { step, pin: pin(), stepSince: NOW, progressAt: NOW, startedAt: NOW })
  rotation.old = { fingerprint: OLD, ref: { id: 'old-id' }, accepted: { at: NOW, by: 'probe' }, dead: false }
  rotation.seen = ['old-id']
  record.current.fingerprint = OLD
  record.lastMark = 1
  if (step === 'preflight') return record
  const name = `keyrota-video-${MARK}`
  const attempt = { mark: MARK, name, state: 'issued', at: NOW, landsBy: 0 } as const
  rotation.attempts = [{ ...attempt, fingerprint: NEW, ref: { id: 'new-id' } }]
  const isWritten = step === 'validate' || step === 'revoke' || step === 'rollback'
  rotation.targets.a = {
    baseline: isWritten ? 'v2' : 'v1',
    oldVersion: 'v1',
    version: isWritten ? 'v2' : 'v1',
    holds: isWritten ? 'new' : 'old',
    writes: [],
    tries: 0,
    nextTryAt: 0,
  }
  if (!isWritten) return record
  const landed = { purpose: 'deploy', replaces: 'v1', state: 'done', version: 'v2' } as const
  const at = NOW - 60_000
  Object.assign(rotation.targets.a, {
    readBackAt: at,
    writes: [{ ...landed, mark: MARK, fingerprint: NEW, at, landsBy: 0 }],
  })
  if (step === 'revoke') rotation.overlapUntil = NOW
  if (step === 'rollback') rotation.rollback = { why: 'asked', after: 'end' }
  return record
}

/** Everything is as it should be, and everything that a step may ask has an answer. */
function healthy(record: KeyRecord): Draft {
  const { rotation } = record
  if (!rotation) throw new Error('no rotation')
  const accepted = { verdict: 'accepted' } as const
  const readable = rotation.pin.targets.filter(({ traits }) => traits.readable)
  const readings = readable.map(({ id }) => {
    const ledger = rotation.targets[id]
    const fingerprint = ledger?.holds === 'new' ? NEW : OLD
    return [id, { is: 'value', fingerprint, version: ledger?.version ?? 'v1' }] as const
  })
  const checked = { is: 'ok', read: 'proved', write: 'proved', notes: [] } as const
  return {
    targets: Object.fromEntries(readings),
    checks: Object.fromEntries(rotation.pin.targets.map(({ id }) => [id, checked])),
    probe: { at: NOW, garbage: { verdict: 'rejected' }, subjects: { [OLD]: accepted, [NEW]: accepted } },
    list: { is: 'ok', keys: rotation.seen.map((id) => ({ id, name: id })) },
    found: {},
    consumers: {},
    holders: { [OLD]: [], [NEW]: [], [FOREIGN]: [] },
    held: [OLD, NEW],
    present: structuredClone(rotation.pin),
    runUntil: NOW + 3_600_000,
  }
}

export function given(step: Step, ...changes: Change[]) {
  const record = start(step)
  const rotation = record.rotation as Rotation
  for (const change of changes) change(rotation, record)
  return {
    when: (...answer: Answer[]) => when(record, rotation, answer, false),
    /** The same right after a claim. */
    whenClaimed: (...answer: Answer[]) => when(record, rotation, answer, true),
  }
}

function when(record: KeyRecord, rotation: Rotation, given: Answer[], claimed: boolean) {
  const answers = healthy(record)
  for (const answer of given) answer(answers, rotation)
  return { decides: (expected: string): Case => ({ record, answers, claimed, expected }) }
}

/** What a decision comes to, in one line. */
function describeDecision({ record, next }: Decided, before: Step): string {
  const { rotation } = record
  const hold = rotation?.hold
  const step = rotation && rotation.step !== before ? `, step ${rotation.step}` : ''
  const needs = hold?.needs ? `, needs ${hold.needs}` : ''
  switch (next.do) {
    case 'wait':
      return `wait ${secondsFromNow(next.until)} (${hold?.reason})${step}`
    case 'stand':
      return `${rotation?.standing === 'blocked' ? 'block' : 'person'} (${hold?.reason})${needs}${step}`
    case 'perform':
      return `perform ${next.effects.map(describeEffect).join(' + ')}${step}`
    case 'end':
      return `end (${record.last?.end})`
    default:
      return `${next.do}${step}`
  }
}

function describeEffect(effect: Effect): string {
  switch (effect.kind) {
    case 'write':
      return `${effect.purpose} ${effect.fingerprint} to ${effect.target} over ${effect.replaces}`
    case 'restart':
      return `restart ${effect.consumer}`
    case 'retire':
      return `retire ${effect.version} of ${effect.target}`
    case 'issue':
      return 'issue'
    case 'end-overlap':
      return 'end-overlap'
    default:
      return `${effect.kind} ${effect.ref?.id ?? effect.fingerprint}`
  }
}

function secondsFromNow(at: number): string {
  return `${Math.round((at - NOW) / 1000)} s`
}

/** Runs a table. @returns the reasons for which a row waits or is blocked. */
export function runCases(name: string, cases: Cases): string[] {
  describe(name, () => {
    for (const [title, { record, answers, claimed, expected }] of Object.entries(cases)) {
      test(title, () => {
        const before = structuredClone(record)
        const decided = decideNext(record, answers, NOW, { claimed })
        expect(describeDecision(decided, before.rotation?.step as Step)).toBe(expected)
        expect(record, 'the record passed in is not changed').toEqual(before)
      })
    }
  })
  return Object.values(cases).flatMap(({ expected }) => /\(([a-z-]+)\)/.exec(expected)?.[1] ?? [])
}
