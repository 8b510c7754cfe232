import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { LeaseOverError } from '../../../src/contracts/errors.ts'
import { material } from '../../../src/contracts/secret-value.ts'
import type { StoreFixture, StoreRule } from './fixture.ts'
import {
  assertNothingLeaks,
  get,
  newCall,
  newMark,
  newValue,
  put,
  rawField,
  refused,
  refusedWrite,
  seeded,
  twoFields,
} from './helpers.ts'

/** An aborted call ends within this time. */
const ABORT_LIMIT_MS = 1000

/** Rules about calls that end before their answer: aborted, without a lease, cut, unanswered. */
export const interruptedRules: readonly StoreRule[] = [
  { name: 'an aborted call ends within a second', run: endAborted },
  { name: 'a call that was aborted before it began sends nothing', run: sendNothingAborted },
  { name: 'nothing is sent when the lease is over', run: sendNothingWithoutLease },
  { name: 'a write cut short at any request is finished by a repeat of its mark', run: finishCutWrite },
  {
    name: 'a lost answer has an unknown effect, and the repeat makes no second version',
    run: surviveLostAnswer,
  },
]

async function endAborted(fixture: StoreFixture): Promise<void> {
  const { secret, address, version } = await seeded(fixture)
  const { store, undo } = await fixture.hang(secret)
  try {
    const intent = { mark: newMark(), replaces: version }
    const verbs = [
      (call: ReturnType<typeof newCall>) => store.read(address, 'current', call),
      (call: ReturnType<typeof newCall>) => store.check(address, call),
      (call: ReturnType<typeof newCall>) =>
        store.write(address, material({ value: newValue() }), intent, call),
    ]
    for (const verb of verbs) {
      const stop = new AbortController()
      const pending = refused(verb(newCall({ signal: stop.signal })), 'unavailable')
      await sleep(50)
      const start = performance.now()
      stop.abort()
      await pending
      assert.ok(performance.now() - start < ABORT_LIMIT_MS, 'the answer came late')
    }
  } finally {
    await undo()
  }
}

async function sendNothingAborted(fixture: StoreFixture): Promise<void> {
  const { secret, address, version } = await seeded(fixture)
  const call = newCall({ signal: AbortSignal.abort() })
  const intent = { mark: newMark(), replaces: version }
  const attempt = () => fixture.store.write(address, material({ value: newValue() }), intent, call)
  assert.equal((await refusedWrite(fixture, secret, attempt, 'unavailable')).effect, 'none')
  await refused(fixture.store.read(address, 'current', call), 'unavailable')
  assert.equal(call.sent, 0)
}

async function sendNothingWithoutLease(fixture: StoreFixture): Promise<void> {
  const { secret, address, version } = await seeded(fixture)
  const before = await fixture.rawRead(secret)
  const requests = fixture.requestCount === 'local' ? 0 : await fixture.requestCount()
  const call = newCall({ leaseOverAt: 1 })
  const intent = { mark: newMark(), replaces: version }
  const write = fixture.store.write(address, material({ value: newValue() }), intent, call)
  await assert.rejects(write, LeaseOverError)
  if (fixture.requestCount !== 'local') assert.equal(await fixture.requestCount(), requests)
  assert.deepEqual(await fixture.rawRead(secret), before)
}

async function finishCutWrite(fixture: StoreFixture): Promise<void> {
  for (let cutAt = 1; cutAt <= fixture.nature.calls.write; cutAt += 1) {
    const old = { API_ID: newValue(), API_KEY: newValue() }
    const secret = await fixture.newSecret(old)
    const address = twoFields(secret)
    const { version } = await fixture.store.read(address, 'current', newCall())
    const parts = { id: newValue(), secret: newValue() }
    const intent = { mark: newMark(), replaces: version }
    const call = newCall({ leaseOverAt: cutAt })
    const thrown = await fixture.store.write(address, material(parts), intent, call).then(
      () => undefined,
      (error: unknown) => error,
    )
    assertNothingLeaks(thrown)
    const now = (await fixture.rawRead(secret)) as Record<string, string>
    // LeaseOverError says that nothing was sent; after a change that was sent it would be a lie.
    if (thrown instanceof LeaseOverError) assert.deepEqual(now, old, 'sent, yet said to be not sent')
    else if (thrown) assert.equal((await refused(Promise.reject(thrown), 'unavailable')).effect, 'unknown')
    assert.equal(
      now.API_KEY === old.API_KEY,
      now.API_ID === old.API_ID,
      'one part was written without the other',
    )
    const made = await fixture.store.write(address, material(parts), intent, newCall())
    assert.deepEqual(await get(fixture.store, address, made.version), parts)
    assert.equal(await rawField(fixture, secret, 'API_KEY'), parts.secret)
  }
}

async function surviveLostAnswer(fixture: StoreFixture): Promise<void> {
  if (fixture.lostAnswer === 'never') {
    assert.equal(fixture.requestCount, 'local', 'an answer of a service can always be lost')
    return
  }
  const { secret, address, version } = await seeded(fixture)
  const versions = fixture.versionCount === 'not-kept' ? 0 : await fixture.versionCount(secret)
  const fault = await fixture.lostAnswer()
  const value = newValue()
  const mark = newMark()
  const error = await refused(put(fault.store, address, value, version, mark), 'unavailable').finally(
    fault.undo,
  )
  assert.equal(error.effect, 'unknown')
  const made = await put(fixture.store, address, value, version, mark)
  assert.equal(await put(fixture.store, address, value, version, mark), made)
  assert.deepEqual(await get(fixture.store, address, made), { value })
  if (fixture.versionCount === 'not-kept') return
  assert.ok((await fixture.versionCount(secret)) <= versions + 1, 'the repeat made a second version')
}
