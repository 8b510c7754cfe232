import { expect, test } from 'vitest'
import type { Rotation } from '../../src/contracts/rotation.ts'
import { abandonOrRollBack, confirm, confirmable, lookAfresh } from '../../src/workflow/people/confirm.ts'
import { joinCompromised } from '../../src/workflow/people/report-leak.ts'
import { acceptSupply } from '../../src/workflow/people/supply.ts'
import { makeDeployed, makeRecord } from './record.ts'

const now = 50_000

function rotationOf(record: { rotation: Rotation | null }): Rotation {
  if (!record.rotation) throw new Error('no rotation')
  return record.rotation
}

test('only what is needed can be confirmed, and the refusal says what that is', () => {
  const record = makeRecord()
  rotationOf(record).hold = { reason: 'drift', detail: '', needs: 'adopt:abcd', since: 0 }
  record.debts.push({ name: 'lost-key', rotation: 'r', why: 'lost', since: 0 })
  expect(confirmable(record)).toEqual(['adopt:abcd', 'overwrite:abcd', 'deleted:lost-key'])
  expect(confirm(record, 'moved', now)).toEqual({
    refused:
      'video: moved cannot be confirmed; what can be confirmed now: ' +
      'adopt:abcd (the value found in the targets is the key in use), ' +
      'overwrite:abcd (this value may be overwritten), ' +
      'deleted:lost-key (this key was deleted at the issuer)',
  })
  expect(confirm(record, 'overwrite:abcd', now)).toEqual({ ok: true })
  expect(rotationOf(record).confirmed).toEqual([{ what: 'overwrite:abcd', at: now }])
  expect(confirm(record, 'deleted:lost-key', now)).toEqual({ ok: true })
  expect(record.debts).toEqual([])
})

test('without anything to confirm the refusal says so', () => {
  const record = makeRecord()
  record.rotation = null
  expect(confirm(record, 'moved', now)).toEqual({
    refused: 'video: moved cannot be confirmed; nothing can be confirmed now',
  })
})

test('a second look begins with all its tries', () => {
  const record = makeDeployed()
  const rotation = rotationOf(record)
  rotation.tries = { issue: { count: 9, nextAt: now + 1_000 } }
  rotation.targets.a = { baseline: 'v', writes: [], holds: 'old', tries: 51, nextTryAt: now + 1 }
  rotation.consumers.c = { state: 'untouched', tries: 6, nextTryAt: now + 1 }
  rotation.revocation = { state: 'not-revoked', landsBy: 0, tries: 4, nextTryAt: now + 1 }
  lookAfresh(record, now)
  expect(rotation).toMatchObject({
    progressAt: now,
    tries: {},
    targets: { a: { tries: 0 } },
    consumers: { c: { tries: 0 } },
    revocation: { tries: 1, nextTryAt: now },
  })
})

test('before a key is created a rotation is cancelled', () => {
  const record = makeRecord()
  expect(abandonOrRollBack(record, now, 'asked')).toEqual({ ok: true })
  expect(rotationOf(record).confirmed).toEqual([{ what: 'abandon', at: now }])
})

test('while the key is being created the step itself withdraws it', () => {
  const record = makeRecord()
  rotationOf(record).step = 'create'
  expect(abandonOrRollBack(record, now, 'asked')).toEqual({ ok: true })
  expect(rotationOf(record)).toMatchObject({ step: 'create', rollback: { why: 'asked' } })
})

test('until the revoke intent it turns back; after it, twice, or without a living old key, it does not', () => {
  const record = makeDeployed()
  expect(abandonOrRollBack(record, now, 'asked')).toEqual({ ok: true })
  expect(rotationOf(record)).toMatchObject({ step: 'rollback', rollback: { after: 'end' } })
  expect(abandonOrRollBack(record, now, 'asked')).toHaveProperty('refused')

  const late = makeDeployed()
  rotationOf(late).revocation = { state: 'intended', intendedAt: 1, landsBy: 0, tries: 1, nextTryAt: 0 }
  expect(abandonOrRollBack(late, now, 'asked')).toHaveProperty('refused')

  const dead = makeDeployed()
  Object.assign(rotationOf(dead).old ?? {}, { dead: true })
  expect(abandonOrRollBack(dead, now, 'asked')).toHaveProperty('refused')
})

test('a report of a leak joins: old ends the overlap, both leaves the key due, new turns back', () => {
  const old = makeDeployed()
  joinCompromised(old, { leaked: 'old', killBy: 90_000 }, now)
  expect(rotationOf(old)).toMatchObject({
    overlapUntil: now,
    compromised: { leaked: 'old', killBy: 90_000 },
  })

  joinCompromised(old, { leaked: 'both', killBy: 99_000 }, now)
  expect(rotationOf(old).compromised).toMatchObject({ leaked: 'both', killBy: 90_000 })

  const fresh = makeDeployed()
  joinCompromised(fresh, { leaked: 'new' }, now)
  expect(rotationOf(fresh)).toMatchObject({ step: 'rollback', rollback: { after: 'another' } })
})

test('a new key that leaked after the revoke intent goes forward and is due at once', () => {
  const record = makeDeployed()
  rotationOf(record).revocation = { state: 'answered', intendedAt: 1, landsBy: 0, tries: 1, nextTryAt: 0 }
  joinCompromised(record, { leaked: 'new' }, now)
  expect(rotationOf(record)).toMatchObject({ step: 'revoke', compromised: { leaked: 'both' } })
})

test('a key that was created after the report did not leak with the old one', () => {
  const record = makeRecord()
  joinCompromised(record, { leaked: 'both' }, now)
  expect(rotationOf(record).compromised).toEqual({ leaked: 'old' })
})

test('a report without a rotation is a request for one', () => {
  const record = makeDeployed()
  record.rotation = null
  joinCompromised(record, { leaked: 'both', why: 'in a log', killBy: 90_000 }, now)
  expect(record.request).toEqual({
    reason: 'compromised',
    leaked: 'old',
    at: now,
    killBy: 90_000,
    why: 'in a log',
  })
})

function makeAsking() {
  const record = makeRecord('operator')
  const rotation = rotationOf(record)
  rotation.step = 'create'
  rotation.operator = {
    kind: 'create',
    name: 'keyrota-video-k7f3-20261122-aaaaaa-1',
    askedAt: 0,
    remindAt: 0,
    deadline: 0,
  }
  return record
}

test('the first supplied value is accepted under the name that was asked for; the second becomes a debt', () => {
  const record = makeAsking()
  expect(acceptSupply(record, 'firstfirstfirstf', now)).toEqual({ ok: true })
  expect(rotationOf(record).attempts).toMatchObject([
    { mark: 'k7f3-20261122-aaaaaa-1', state: 'issued', fingerprint: 'firstfirstfirstf', at: now },
  ])
  expect(acceptSupply(record, 'firstfirstfirstf', now)).toEqual({
    refused: 'this value was already supplied and is being used',
  })
  expect(record.debts).toEqual([])
  expect(acceptSupply(record, 'secondsecondseco', now)).toMatchObject({ debt: true })
  expect(record.debts).toMatchObject([{ fingerprint: 'secondsecondseco' }])
})

test('known values are refused and do not become debts', () => {
  const record = makeAsking()
  record.past.push({ fingerprint: 'pastpastpastpast', state: 'revoked', until: 0 })
  record.debts.push({ name: 'd', fingerprint: 'debtdebtdebtdebt', rotation: 'r', why: '', since: 0 })
  for (const fingerprint of ['oldoldoldoldoldo', 'pastpastpastpast', 'debtdebtdebtdebt'])
    expect(acceptSupply(record, fingerprint, now)).toEqual({ refused: expect.any(String) })
  expect(record.debts).toHaveLength(1)
})
