import assert from 'node:assert/strict'
import { material } from '../../../src/contracts/secret-value.ts'
import type { StoreFixture, StoreRule } from './fixture.ts'
import {
  get,
  newCall,
  newMark,
  newValue,
  oneField,
  put,
  rawField,
  readSettled,
  refusedWrite,
  seeded,
  twoFields,
} from './helpers.ts'

/** Strings that careless quoting, encoding or trimming would change. */
const AWKWARD_VALUES: readonly string[] = [
  'ünïcödé-日本語-🔑-key',
  `both "double" and 'single' quotes`,
  'back\\slash \\n not a newline',
  `dollar $HOME \${HOME} $(id) \`id\` #hash =equals`,
  'several\nlines\r\nof text',
  'a trailing newline\n',
  '  spaces around  ',
  '{"looks":"like json"}',
]

/** Rules about what a write does when it is done. */
export const writingRules: readonly StoreRule[] = [
  { name: 'a write is seen by a read, by version at once', run: seeWrite },
  { name: 'a write yields a version never seen before, also for the same bytes', run: makeNewVersions },
  {
    name: 'writing the present value again makes a late write with the old version a conflict',
    run: rewrite,
  },
  { name: 'a write whose version is stale is a conflict and changes nothing', run: refuseStale },
  { name: 'two parts are written in one operation', run: writeTwoParts },
  { name: 'a whole secret is written where the store allows it, else refused', run: writeWhole },
  {
    name: 'unicode, quotes, newlines and spaces survive, or are refused before anything changes',
    run: carry,
  },
  { name: 'a value of the greatest length passes, one byte more is refused', run: limitLength },
]

async function seeWrite(fixture: StoreFixture): Promise<void> {
  const { secret, address, version } = await seeded(fixture)
  const value = newValue()
  const mark = newMark()
  const made = await put(fixture.store, address, value, version, mark)
  assert.notEqual(made, version)
  assert.deepEqual(await get(fixture.store, address, made), { value })
  const current = await readSettled(fixture, address, (seen) => seen === made)
  assert.equal(current.version, made)
  assert.equal(current.material.value?.expose(), value)
  if (current.mark !== undefined) assert.equal(current.mark, mark)
  assert.equal(await rawField(fixture, secret, 'API_KEY'), value)
}

async function makeNewVersions(fixture: StoreFixture): Promise<void> {
  const { address, old, version } = await seeded(fixture)
  const seen = [version]
  for (const value of [newValue(), old, old]) {
    const made = await put(fixture.store, address, value, seen.at(-1) ?? '')
    assert.ok(!seen.includes(made), 'a version came twice')
    seen.push(made)
  }
}

async function rewrite(fixture: StoreFixture): Promise<void> {
  const { secret, address, old, version } = await seeded(fixture)
  const again = await put(fixture.store, address, old, version)
  assert.notEqual(again, version)
  const late = () => put(fixture.store, address, newValue(), version)
  const error = await refusedWrite(fixture, secret, late, 'conflict')
  assert.equal(error.effect, 'none')
  assert.equal(await rawField(fixture, secret, 'API_KEY'), old)
  assert.equal((await readSettled(fixture, address, (seen) => seen === again)).version, again)
}

async function refuseStale(fixture: StoreFixture): Promise<void> {
  const { secret, address, version } = await seeded(fixture)
  const second = newValue()
  await put(fixture.store, address, second, version)
  for (const stale of [version, fixture.unknownVersion]) {
    const error = await refusedWrite(
      fixture,
      secret,
      () => put(fixture.store, address, newValue(), stale),
      'conflict',
    )
    assert.equal(error.effect, 'none')
  }
  assert.equal(await rawField(fixture, secret, 'API_KEY'), second)

  const foreign = newValue()
  const current = (await fixture.store.read(address, 'current', newCall())).version
  await fixture.foreignWrite(secret, { API_KEY: foreign })
  await refusedWrite(fixture, secret, () => put(fixture.store, address, newValue(), current), 'conflict')
  assert.equal(await rawField(fixture, secret, 'API_KEY'), foreign)
}

async function writeTwoParts(fixture: StoreFixture): Promise<void> {
  const first = { API_ID: newValue(), API_KEY: newValue() }
  const secret = await fixture.newSecret({ ...first, SIBLING: newValue() })
  const address = twoFields(secret)
  const { version } = await fixture.store.read(address, 'current', newCall())
  const versions = fixture.versionCount === 'not-kept' ? 0 : await fixture.versionCount(secret)
  const parts = { id: newValue(), secret: newValue() }
  const call = newCall()
  const made = await fixture.store.write(
    address,
    material(parts),
    { mark: newMark(), replaces: version },
    call,
  )
  assert.ok(call.sent <= fixture.nature.calls.write, `one write cost ${call.sent} requests`)
  assert.deepEqual(await get(fixture.store, address, made.version), parts)
  assert.equal(await rawField(fixture, secret, 'API_ID'), parts.id)
  assert.equal(await rawField(fixture, secret, 'API_KEY'), parts.secret)
  if (fixture.versionCount === 'not-kept') return
  assert.ok((await fixture.versionCount(secret)) <= versions + 1, 'two parts made more than one version')
}

async function writeWhole(fixture: StoreFixture): Promise<void> {
  if (!fixture.nature.wholeSecret) {
    const address = { secret: await fixture.newSecret({ API_KEY: newValue() }), fields: { value: null } }
    assert.notDeepEqual(fixture.checkAddress(address), [])
    const call = newCall()
    const attempt = () => fixture.store.read(address, 'current', call)
    assert.equal((await refusedWrite(fixture, address.secret, attempt, 'invalid')).effect, 'none')
    assert.equal(call.sent, 0)
    return
  }
  const old = newValue()
  const secret = await fixture.newSecret(old)
  const address = { secret, fields: { value: null } }
  const before = await fixture.store.read(address, 'current', newCall())
  assert.equal(before.material.value?.expose(), old)
  const value = newValue()
  const made = await put(fixture.store, address, value, before.version)
  assert.equal(await fixture.rawRead(secret), value)
  assert.deepEqual(await get(fixture.store, address, before.version), { value: old })
  assert.deepEqual(await get(fixture.store, address, made), { value })
}

async function carry(fixture: StoreFixture): Promise<void> {
  const { secret, address, version, content } = await seeded(fixture)
  const sibling = (content as Record<string, string>).SIBLING
  let replaces = version
  for (const value of AWKWARD_VALUES) {
    const unfit = fixture.store.explainUnfit?.(address, material({ value })) ?? null
    assert.equal(unfit !== null, fixture.nature.cannotCarry?.(value) ?? false, 'it is said before the write')
    assert.ok(!unfit?.includes(value), 'the reason contains the value')
    if (fixture.nature.cannotCarry?.(value)) {
      const attempt = () => put(fixture.store, address, value, replaces)
      assert.equal((await refusedWrite(fixture, secret, attempt, 'invalid')).effect, 'none')
      continue
    }
    replaces = await put(fixture.store, address, value, replaces)
    assert.deepEqual(await get(fixture.store, address, replaces), { value })
    assert.equal(await rawField(fixture, secret, 'API_KEY'), value)
    assert.equal(await rawField(fixture, secret, 'SIBLING'), sibling)
  }
}

async function limitLength(fixture: StoreFixture): Promise<void> {
  const secret = await fixture.newSecret({ API_KEY: 'sixteen-letters-' })
  const address = oneField(secret)
  const { version } = await fixture.store.read(address, 'current', newCall())
  const longest = 'k'.repeat(fixture.nature.maxValueBytes)
  const call = newCall()
  const intent = { mark: newMark(), replaces: version }
  const tooLong = () => fixture.store.write(address, material({ value: `${longest}k` }), intent, call)
  assert.equal((await refusedWrite(fixture, secret, tooLong, 'invalid')).effect, 'none')
  const made = await put(fixture.store, address, longest, version)
  assert.equal((await get(fixture.store, address, made)).value?.length, longest.length)
}
