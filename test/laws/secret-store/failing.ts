import assert from 'node:assert/strict'
import { material } from '../../../src/contracts/secret-value.ts'
import type { Fault, StoreFixture, StoreRule } from './fixture.ts'
import {
  assertNothingLeaks,
  get,
  newCall,
  newMark,
  newValue,
  oneField,
  put,
  rawField,
  refused,
  refusedWrite,
  seeded,
} from './helpers.ts'

/** Rules about what is refused, how failures are distinguished, and what `check` does. */
export const failingRules: readonly StoreRule[] = [
  {
    name: 'an absent secret is not found by any verb, and distinguished from an absent field',
    run: distinguishMissing,
  },
  { name: 'denied is reported as denied and changes nothing', run: sayDenied },
  { name: 'throttled is reported as throttled, with the wait that the service asks for', run: sayThrottled },
  { name: 'unavailable is reported as unavailable', run: sayUnavailable },
  {
    name: 'a hidden or removed secret is an error, never an empty value, and is not brought back',
    run: refuseHidden,
  },
  { name: 'names that the grammar forbids are refused before any request', run: refuseIllegalNames },
  { name: 'parts and fields that do not match are refused before any request', run: refuseUnmatchedParts },
  { name: '`check` changes nothing and reports for each right whether it is proved', run: check },
]

async function distinguishMissing(fixture: StoreFixture): Promise<void> {
  const { store } = fixture
  const absent = oneField(await fixture.absentSecret())
  const verbs = [
    () => store.read(absent, 'current', newCall()),
    () => store.check(absent, newCall()),
    () => put(store, absent, newValue(), 'absent'),
    () => store.retire(absent, fixture.unknownVersion, newCall()),
  ]
  for (const verb of verbs) assert.equal((await refused(verb(), 'not_found')).missing, 'secret')
  const bare = oneField(await fixture.newSecret({ SIBLING: newValue() }))
  assert.equal((await refused(fixture.store.read(bare, 'current', newCall()), 'not_found')).missing, 'field')
}

/** Reads and writes under a fault; returns the errors of both. */
async function failBoth(
  fixture: StoreFixture,
  fault: (secret: string) => Promise<Fault>,
  code: 'denied' | 'throttled' | 'unavailable',
) {
  const { secret, address, old, version } = await seeded(fixture)
  const { store, undo } = await fault(secret)
  const mark = newMark()
  const value = newValue()
  try {
    const read = await refused(store.read(address, 'current', newCall()), code)
    assert.equal(read.effect, 'none')
    const write = await refused(put(store, address, value, version, mark), code)
    return { read, write, secret, address, old, version, value, mark }
  } finally {
    await undo()
  }
}

async function sayDenied(fixture: StoreFixture): Promise<void> {
  const { write, secret, old } = await failBoth(fixture, fixture.denied, 'denied')
  assert.equal(write.effect, 'none')
  assert.equal(await rawField(fixture, secret, 'API_KEY'), old)
  const absent = await fixture.absentSecret()
  const { store, undo } = await fixture.denied(absent)
  const code = fixture.nature.distinguishesAbsent ? 'not_found' : 'denied'
  await refused(store.read(oneField(absent), 'current', newCall()), code).finally(undo)
}

async function sayThrottled(fixture: StoreFixture): Promise<void> {
  if (fixture.throttled === 'never') {
    assert.equal(fixture.requestCount, 'local', 'only a store without requests can have no limit on them')
    return
  }
  const { read, write, secret, old } = await failBoth(fixture, fixture.throttled, 'throttled')
  assert.equal(write.effect, 'none')
  assert.equal(await rawField(fixture, secret, 'API_KEY'), old)
  if (fixture.nature.sendsRetryAfter) assert.ok((read.retryAfterMs ?? 0) > 0, 'the wait was not passed on')
}

async function sayUnavailable(fixture: StoreFixture): Promise<void> {
  const { write, secret, old, address, version, value, mark } = await failBoth(
    fixture,
    fixture.unavailable,
    'unavailable',
  )
  if (write.effect === 'none') assert.equal(await rawField(fixture, secret, 'API_KEY'), old)
  const made = await put(fixture.store, address, value, version, mark)
  assert.deepEqual(await get(fixture.store, address, made), { value })
}

async function refuseHidden(fixture: StoreFixture): Promise<void> {
  for (const [way, hide] of Object.entries(fixture.hide)) {
    const { secret, address, version } = await seeded(fixture)
    await hide(secret)
    await refused(fixture.store.read(address, 'current', newCall()), 'not_found', 'invalid')
    for (const replaces of [version, 'absent']) {
      const error = await refused(
        put(fixture.store, address, newValue(), replaces),
        'not_found',
        'invalid',
        'conflict',
      )
      assert.equal(error.effect, 'none', way)
    }
    await refused(fixture.store.read(address, 'current', newCall()), 'not_found', 'invalid')
  }
}

async function refuseIllegalNames(fixture: StoreFixture): Promise<void> {
  const legal = await fixture.newSecret({ API_KEY: newValue() })
  assert.deepEqual(fixture.checkAddress(oneField(legal)), [])
  assert.notEqual(fixture.illegalNames.length, 0)
  const addresses = [
    ...fixture.illegalNames.map(oneField),
    ...fixture.illegalFields.map((field) => ({ secret: legal, fields: { value: field } })),
    { secret: legal, fields: {} },
    { secret: legal, fields: { id: 'API_KEY', secret: 'API_KEY' } },
    { secret: legal, fields: { id: null, secret: 'API_KEY' } },
    { secret: legal, fields: { value: '' } },
  ]
  for (const address of addresses) {
    assert.notDeepEqual(fixture.checkAddress(address), [], 'an illegal address was let through at load')
    const call = newCall()
    const intent = { mark: newMark(), replaces: 'absent' }
    await refused(fixture.store.read(address, 'current', call), 'invalid')
    await refused(fixture.store.check(address, call), 'invalid')
    await refused(fixture.store.retire(address, fixture.unknownVersion, call), 'invalid')
    await refused(fixture.store.write(address, material({ value: newValue() }), intent, call), 'invalid')
    assert.equal(call.sent, 0, 'a request was sent with an illegal name')
  }
}

async function refuseUnmatchedParts(fixture: StoreFixture): Promise<void> {
  const { secret, address, version } = await seeded(fixture)
  for (const parts of [{ other: newValue() }, { value: newValue(), more: newValue() }, {}]) {
    const call = newCall()
    const intent = { mark: newMark(), replaces: version }
    const attempt = () =>
      fixture.store.write(address, material(parts as Record<string, string>), intent, call)
    assert.equal((await refusedWrite(fixture, secret, attempt, 'invalid')).effect, 'none')
    assert.equal(call.sent, 0)
  }
}

async function check(fixture: StoreFixture): Promise<void> {
  if (fixture.newEmptySecret !== 'impossible')
    await fixture.store.check(oneField(await fixture.newEmptySecret()), newCall())
  for (const content of [{ API_KEY: newValue(), SIBLING: newValue() }, { SIBLING: newValue() }]) {
    const secret = await fixture.newSecret(content)
    const versions = fixture.versionCount === 'not-kept' ? 0 : await fixture.versionCount(secret)
    const before = await fixture.snapshot?.(secret)
    const answer = await fixture.store.check(oneField(secret), newCall())
    assert.deepEqual(await fixture.snapshot?.(secret), before)
    assert.ok(answer.read === 'proved' || answer.read === 'assumed')
    assert.ok(answer.write === 'proved' || answer.write === 'assumed')
    assertNothingLeaks(answer)
    assert.deepEqual(await fixture.rawRead(secret), content)
    if (fixture.versionCount !== 'not-kept') assert.equal(await fixture.versionCount(secret), versions)
    const { store, undo } = await fixture.denied(secret)
    await refused(store.check(oneField(secret), newCall()), 'denied').finally(undo)
  }
}
