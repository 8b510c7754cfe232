import { describe, expect, test } from 'vitest'
import type { KeyConfig } from '../../src/contracts/config.ts'
import type { ConditionType } from '../../src/contracts/key-summary.ts'
import { type KeyRecord, newRecord, type Rotation } from '../../src/contracts/record.ts'
import { createSummarize } from '../../src/service/summarize.ts'
import { reasons } from '../../src/workflow/words/reasons.ts'

const now = Date.UTC(2026, 10, 27)
const DAY_MS = 86_400_000
const key = {
  name: 'web',
  policy: { everyMs: 90 * DAY_MS, giveUpMs: DAY_MS, askBeforeMs: 0 },
  targets: [{ id: 'vault/app#KEY' }],
  observe: false,
} as unknown as KeyConfig
const place = { at: now - 1, holds: 'current', version: 'v1' } as const
const current = {
  fingerprint: '0123456789abcdef',
  since: now - DAY_MS,
  sinceFrom: 'rotation',
  adopted: false,
  versions: {},
} as const

function summarize(changes: Partial<KeyRecord>, config: KeyConfig | undefined = key) {
  const record = { ...newRecord('web', 'k7f3'), current, places: { 'vault/app#KEY': place }, ...changes }
  return createSummarize(() => config)(record, now)
}

function rotationOf(changes: Partial<Rotation>): Rotation {
  const pin = { targets: [{ id: 'vault/app#KEY' }] }
  const empty = { attempts: [], targets: {}, exceptions: [], confirmed: [] }
  return {
    id: 'r1',
    step: 'deploy',
    standing: 'active',
    startedAt: now,
    pin,
    old: null,
    ...empty,
    ...changes,
  } as never
}

const hold = { reason: 'target-refused', detail: 'vault/app: 403', command: 'keyrota resume web', since: now }

describe('a summary', () => {
  test('of a calm key: ready, with age, next rotation and targets', () => {
    const seen = summarize({})
    expect(seen).toMatchObject({
      state: 'Current',
      reason: 'Current',
      fingerprint: current.fingerprint,
      currentSince: current.since,
      rotation: null,
      targets: [{ id: 'vault/app#KEY', holds: 'current', at: place.at, version: 'v1', why: null }],
    })
    expect(seen.nextRotationAt).toBeGreaterThan(now + 70 * DAY_MS)
    expect(answers(seen)).toEqual({ Ready: 'True', Rotating: 'False', Blocked: 'False', Drifted: 'False' })
  })

  test('tells no age that nobody knows', () => {
    expect(summarize({ current: { ...current, sinceFrom: 'spread' } }).currentSince).toBeNull()
  })

  test('has all four conditions in one order, each type once, whatever the record says', () => {
    const records: Partial<KeyRecord>[] = [
      {},
      { current: null, places: {} },
      { rotation: rotationOf({}) },
      { rotation: rotationOf({ standing: 'blocked', hold }) },
      { places: { 'vault/app#KEY': { at: 1, holds: 'foreign' } } },
      { debts: [{ name: 'n', rotation: 'r', why: 'w', since: 1 }] },
      { violations: [{ kind: 'journal-is-old', detail: 'd', since: 1 }] },
    ]
    for (const record of records) {
      const { conditions } = summarize(record)
      expect(conditions.map(({ type }) => type)).toEqual(['Ready', 'Rotating', 'Blocked', 'Drifted'])
      // The form that the API conventions ask for.
      for (const { reason } of conditions) expect(reason).toMatch(/^[A-Z][A-Za-z]*$/)
    }
  })

  test('of a rotation tells why it runs: a report of a leak counts more than its first reason', () => {
    const planned = summarize({ rotation: rotationOf({ reason: 'age' }) })
    expect(planned.rotation).toMatchObject({ reason: 'age', killBy: null })
    const compromised = { leaked: 'both', killBy: now + 900_000 } as const
    const leaked = summarize({ rotation: rotationOf({ reason: 'age', compromised }) })
    expect(leaked.rotation).toMatchObject({ reason: 'compromised', killBy: now + 900_000 })
  })

  test('of a blocked rotation names the constant of the workflow and the command', () => {
    const seen = summarize({ rotation: rotationOf({ standing: 'blocked', hold }) })
    expect(answers(seen)).toEqual({ Ready: 'False', Rotating: 'True', Blocked: 'True', Drifted: 'Unknown' })
    expect(seen).toMatchObject({ state: 'Blocked', reason: 'TargetRefused', message: 'vault/app: 403' })
    const blocked = seen.conditions.find(({ type }) => type === 'Blocked')
    expect(blocked?.message).toBe('vault/app: 403; run: keyrota resume web')
  })

  test('turns every constant of the workflow into a reason', () => {
    for (const reason of Object.values(reasons)) {
      const seen = summarize({ rotation: rotationOf({ standing: 'waiting', hold: { ...hold, reason } }) })
      const rotating = seen.conditions.find(({ type }) => type === 'Rotating')
      expect(rotating?.reason.toLowerCase()).toBe(reason.replaceAll('-', ''))
    }
  })

  test('of a target with a foreign value: drifted and not ready, with the same reason', () => {
    const seen = summarize({ places: { 'vault/app#KEY': { at: 1, holds: 'foreign' } } })
    expect(answers(seen)).toMatchObject({ Ready: 'False', Drifted: 'True' })
    expect(seen.reason).toBe('Drift')
  })

  test('of a key that was never looked at: new, not ready, drift unknown', () => {
    const seen = summarize({ current: null, places: {} })
    expect(seen).toMatchObject({ state: 'New', reason: 'NoKey', nextRotationAt: null })
    expect(answers(seen)).toMatchObject({ Ready: 'False', Drifted: 'Unknown' })
  })

  test('of a target that could not be read: whether it drifted is not known', () => {
    const seen = summarize({ places: { 'vault/app#KEY': { at: 1, holds: 'unreadable' } } })
    expect(answers(seen).Drifted).toBe('Unknown')
  })

  test('of a key to delete and of one that was cut off by a deadline: not ready', () => {
    const debts = [{ name: 'old-key', rotation: 'r', why: 'no right', since: 1 }]
    expect(summarize({ debts })).toMatchObject({ reason: 'KeyToDelete', debts: 1 })
    const exceptions = [{ kind: 'kill-by' as const, detail: 'it was time' }]
    const last = { id: 'r1', end: 'completed' as const, at: 1, reason: 'compromised' as const, exceptions }
    expect(summarize({ last })).toMatchObject({ reason: 'EndedByDeadline', message: 'it was time' })
  })

  test('of a key that the config no longer has says so, and plans nothing', () => {
    const seen = createSummarize(() => undefined)({ ...newRecord('web', 'k7f3'), current }, now)
    expect(seen).toMatchObject({ state: 'NotInConfig', nextRotationAt: null })
  })

  test('of an observed key, of a paused one, and of one that a person has to act for', () => {
    expect(summarize({ paused: { at: 1, by: 'ann' } })).toMatchObject({
      state: 'Paused',
      nextRotationAt: null,
    })
    expect(summarize({}, { ...key, observe: true })).toMatchObject({
      state: 'Observed',
      nextRotationAt: null,
    })
    const asking = summarize({ rotation: rotationOf({ standing: 'awaiting-operator', hold }) })
    expect(asking.state).toBe('AwaitingPerson')
    expect(answers(asking).Blocked).toBe('True')
  })
})

function answers({ conditions }: ReturnType<typeof summarize>): Partial<Record<ConditionType, string>> {
  return Object.fromEntries(conditions.map(({ type, status }) => [type, status]))
}
