import assert from 'node:assert/strict'
import { material } from '../../../src/contracts/secret-value.ts'
import type { StoreFixture, StoreRule } from './fixture.ts'
import {
  get,
  newCall,
  newMark,
  newValue,
  put,
  rawField,
  readSettled,
  refused,
  refusedWrite,
  seeded,
} from './helpers.ts'

/** Rules about marks, versions that were replaced, and their end. */
export const versionRules: readonly StoreRule[] = [
  { name: 'the same mark with the same value makes one version', run: repeatMark },
  { name: 'the same mark with another value is a conflict', run: refuseChangedMark },
  { name: 'a late repeat of an older mark changes nothing', run: ignoreLateRepeat },
  { name: 'the replaced value stays readable by its version', run: keepReplaced },
  { name: 'writing a value again leaves the previous one alone', run: keepPreviousOnRewrite },
  { name: 'a version that was never made is not found', run: missUnknownVersion },
  {
    name: 'what cannot be a version is not found by a read or a retirement, and nothing is sent',
    run: missMalformedVersion,
  },
  {
    name: 'retire makes the replaced version unreadable where the store can, and may be repeated',
    run: retire,
  },
  { name: 'retiring the current version is a conflict and changes nothing', run: keepCurrent },
  { name: 'retiring a version that was never made harms nothing', run: retireUnknown },
  {
    name: 'after a rollback the replaced value can be retired and the old one stays',
    run: retireAfterRollback,
  },
  { name: 'a read and a write cost no more requests than declared', run: countRequests },
]

async function countVersions(fixture: StoreFixture, secret: string): Promise<number> {
  return fixture.versionCount === 'not-kept' ? 0 : await fixture.versionCount(secret)
}

async function repeatMark(fixture: StoreFixture): Promise<void> {
  const { secret, address, version } = await seeded(fixture)
  const value = newValue()
  const mark = newMark()
  const first = await put(fixture.store, address, value, version, mark)
  const versions = await countVersions(fixture, secret)
  assert.equal(await put(fixture.store, address, value, version, mark), first)
  // A worker that read again after a lost answer names the version its own write made.
  assert.equal(await put(fixture.store, address, value, first, mark), first)
  const other = await fixture.anotherStore()
  assert.equal(await put(other, address, value, version, mark), first)
  await other.close?.()
  assert.equal(await countVersions(fixture, secret), versions)
  assert.notEqual(await put(fixture.store, address, value, first, newMark()), first)
}

async function refuseChangedMark(fixture: StoreFixture): Promise<void> {
  const { secret, address, version } = await seeded(fixture)
  const value = newValue()
  const mark = newMark()
  const made = await put(fixture.store, address, value, version, mark)
  for (const replaces of [version, made]) {
    const attempt = () => put(fixture.store, address, newValue(), replaces, mark)
    await refusedWrite(fixture, secret, attempt, 'conflict')
  }
  assert.equal(await rawField(fixture, secret, 'API_KEY'), value)
}

async function ignoreLateRepeat(fixture: StoreFixture): Promise<void> {
  const { secret, address, version } = await seeded(fixture)
  const late = { value: newValue(), mark: newMark() }
  const first = await put(fixture.store, address, late.value, version, late.mark)
  const value = newValue()
  const second = await put(fixture.store, address, value, first)
  const answer = await put(fixture.store, address, late.value, version, late.mark).catch(
    (thrown: { code?: string }) => thrown,
  )
  if (typeof answer === 'string') assert.equal(answer, first)
  else assert.equal(answer.code, 'conflict')
  assert.equal(await rawField(fixture, secret, 'API_KEY'), value)
  assert.equal((await readSettled(fixture, address, (seen) => seen === second)).version, second)
}

async function keepReplaced(fixture: StoreFixture): Promise<void> {
  const { address, old, version } = await seeded(fixture)
  const value = newValue()
  const made = await put(fixture.store, address, value, version)
  assert.deepEqual(await get(fixture.store, address, version), { value: old })
  const back = await put(fixture.store, address, old, made)
  assert.deepEqual(await get(fixture.store, address, made), { value })
  assert.deepEqual(await get(fixture.store, address, back), { value: old })
}

async function keepPreviousOnRewrite(fixture: StoreFixture): Promise<void> {
  const { address, old, version } = await seeded(fixture)
  const value = newValue()
  const first = await put(fixture.store, address, value, version)
  const second = await put(fixture.store, address, value, first)
  assert.notEqual(second, first)
  assert.deepEqual(await get(fixture.store, address, version), { value: old })
  assert.deepEqual(await get(fixture.store, address, second), { value })
}

async function missUnknownVersion(fixture: StoreFixture): Promise<void> {
  const { address } = await seeded(fixture)
  const error = await refused(fixture.store.read(address, fixture.unknownVersion, newCall()), 'not_found')
  assert.equal(error.missing, 'version')
}

async function missMalformedVersion(fixture: StoreFixture): Promise<void> {
  const { secret, address, content } = await seeded(fixture)
  for (const malformed of ['', '0', '-1', '1.5', '../other', 'a version']) {
    const call = newCall()
    const read = await refused(fixture.store.read(address, malformed, call), 'not_found')
    assert.equal(read.missing, 'version')
    const retired = await refused(fixture.store.retire(address, malformed, call), 'not_found')
    assert.equal(retired.missing, 'version')
    assert.equal(call.sent, 0)
    const write = () => put(fixture.store, address, newValue(), malformed)
    assert.equal((await refusedWrite(fixture, secret, write, 'conflict')).effect, 'none')
  }
  assert.deepEqual(await fixture.rawRead(secret), content)
}

async function retire(fixture: StoreFixture): Promise<void> {
  const { secret, address, version, content } = await seeded(fixture)
  const value = newValue()
  const made = await put(fixture.store, address, value, version)
  if (fixture.nature.retires === 'unlisted')
    assert.equal(
      await fixture.lists?.(secret, version),
      true,
      'the replaced version is not listed before its end',
    )
  for (let time = 0; time < 2; time += 1) {
    assert.equal(await fixture.store.retire(address, version, newCall()), fixture.nature.retires)
  }
  if (fixture.nature.retires === 'unlisted')
    assert.equal(await fixture.lists?.(secret, version), false, 'the retired version is still listed')
  if (fixture.nature.retires === 'gone') {
    const error = await refused(fixture.store.read(address, version, newCall()), 'not_found')
    assert.equal(error.missing, 'version')
  }
  assert.deepEqual(await get(fixture.store, address, made), { value })
  assert.equal((await readSettled(fixture, address, (seen) => seen === made)).version, made)
  assert.deepEqual(await fixture.rawRead(secret), { ...(content as Record<string, string>), API_KEY: value })
}

async function keepCurrent(fixture: StoreFixture): Promise<void> {
  const { secret, address, version } = await seeded(fixture)
  const retireCurrent = async (current: string) => {
    const attempt = () => fixture.store.retire(address, current, newCall())
    assert.equal((await refusedWrite(fixture, secret, attempt, 'conflict')).effect, 'none')
  }
  await retireCurrent(version)
  const value = newValue()
  const made = await put(fixture.store, address, value, version)
  await retireCurrent(made)
  assert.equal(await rawField(fixture, secret, 'API_KEY'), value)
  assert.deepEqual(await get(fixture.store, address, made), { value })
}

/** A store without a list of versions takes it for one that is gone already; one that has a list may refuse it. */
async function retireUnknown(fixture: StoreFixture): Promise<void> {
  const { address, old, version, content, secret } = await seeded(fixture)
  const unknown = await fixture.store
    .retire(address, fixture.unknownVersion, newCall())
    .catch((thrown: unknown) => refused(Promise.reject(thrown), 'not_found', 'conflict', 'unavailable'))
  if (typeof unknown === 'string') assert.equal(unknown, fixture.nature.retires)
  else assert.equal(unknown.effect, 'none')
  assert.deepEqual(await fixture.rawRead(secret), content)
  assert.deepEqual(await get(fixture.store, address, version), { value: old })
}

async function retireAfterRollback(fixture: StoreFixture): Promise<void> {
  const { secret, address, old, version } = await seeded(fixture)
  const replaced = await put(fixture.store, address, newValue(), version)
  const back = await put(fixture.store, address, old, replaced)
  assert.equal(await fixture.store.retire(address, replaced, newCall()), fixture.nature.retires)
  assert.equal(await rawField(fixture, secret, 'API_KEY'), old)
  // The version from before the rollback holds the value that is current again: it may be refused, never harmful.
  await fixture.store
    .retire(address, version, newCall())
    .catch((thrown: unknown) => refused(Promise.reject(thrown), 'conflict'))
  assert.equal(await rawField(fixture, secret, 'API_KEY'), old)
  assert.deepEqual(await get(fixture.store, address, back), { value: old })
}

async function countRequests(fixture: StoreFixture): Promise<void> {
  const { address, version } = await seeded(fixture)
  const { calls } = fixture.nature
  const cost = async (verb: (call: ReturnType<typeof newCall>) => Promise<unknown>) => {
    const before = fixture.requestCount === 'local' ? 0 : await fixture.requestCount()
    const call = newCall()
    await verb(call)
    if (fixture.requestCount === 'local') return call.sent
    const received = (await fixture.requestCount()) - before
    assert.equal(received, call.sent, '`beforeSend` was not called before each single request')
    return received
  }
  assert.ok((await cost((call) => fixture.store.read(address, 'current', call))) <= calls.readCurrent)
  assert.ok((await cost((call) => fixture.store.read(address, version, call))) <= calls.readVersion)
  const intent = { mark: newMark(), replaces: version }
  const write = await cost((call) =>
    fixture.store.write(address, material({ value: newValue() }), intent, call),
  )
  assert.ok(write >= 1 && write <= calls.write, `one write cost ${write} requests`)
}
