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
  refused,
  refusedWrite,
  seeded,
  twoFields,
} from './helpers.ts'

/** Rules about fields, values and secrets that are not there, wholly or in part. */
export const absentRules: readonly StoreRule[] = [
  { name: 'a write as `absent` makes the field, and is a conflict when the field is there', run: makeField },
  { name: 'a write that names a version is a conflict when the field is gone', run: refuseGoneField },
  { name: 'a secret of which one of two fields is there is neither absent nor whole', run: refusePart },
  { name: 'a write never makes a secret', run: makeNoSecret },
  { name: 'a secret without a value has no field, and the first write makes it', run: fillEmptySecret },
  {
    name: 'a field without a value is absent, however that is spelled, and is never written',
    run: fillNothing,
  },
]

async function makeField(fixture: StoreFixture): Promise<void> {
  const sibling = newValue()
  const secret = await fixture.newSecret({ SIBLING: sibling })
  const address = oneField(secret)
  const value = newValue()
  const made = await put(fixture.store, address, value, 'absent')
  assert.deepEqual(await get(fixture.store, address, made), { value })
  assert.equal(await rawField(fixture, secret, 'SIBLING'), sibling)

  const again = () => put(fixture.store, address, newValue(), 'absent')
  assert.equal((await refusedWrite(fixture, secret, again, 'conflict')).effect, 'none')
  assert.equal(await rawField(fixture, secret, 'API_KEY'), value)
}

async function refuseGoneField(fixture: StoreFixture): Promise<void> {
  const secret = await fixture.newSecret({ SIBLING: newValue() })
  // The version is that of the whole secret in most stores: it is current, and yet has nothing to be replaced.
  const sibling = { secret, fields: { value: 'SIBLING' } }
  const { version } = await fixture.store.read(sibling, 'current', newCall())
  for (const replaces of [fixture.unknownVersion, version]) {
    const attempt = () => put(fixture.store, oneField(secret), newValue(), replaces)
    assert.equal((await refusedWrite(fixture, secret, attempt, 'conflict')).effect, 'none')
  }
}

/** No write of ours leaves it so: there is no version to replace, and the place is not free either. */
async function refusePart(fixture: StoreFixture): Promise<void> {
  for (const [there, absent] of [
    ['API_ID', 'API_KEY'],
    ['API_KEY', 'API_ID'],
  ] as const) {
    const secret = await fixture.newSecret({ [there]: newValue(), SIBLING: newValue() })
    const address = twoFields(secret)
    await fixture.store.check(address, newCall())
    const read = await refused(fixture.store.read(address, 'current', newCall()), 'not_found')
    assert.equal(read.missing, 'field')
    assert.match(read.message, new RegExp(`has no field ${absent}$`))
    assert.deepEqual([...(read.fields ?? [])], ['SIBLING'])
    const part = { secret, fields: { value: there } }
    const { version } = await fixture.store.read(part, 'current', newCall())
    for (const replaces of ['absent', version]) {
      const intent = { mark: newMark(), replaces }
      const parts = material({ id: newValue(), secret: newValue() })
      const attempt = () => fixture.store.write(address, parts, intent, newCall())
      assert.equal((await refusedWrite(fixture, secret, attempt, 'conflict')).effect, 'none')
    }
  }
}

async function makeNoSecret(fixture: StoreFixture): Promise<void> {
  const address = oneField(await fixture.absentSecret())
  const missing = async (attempt: Promise<unknown>) => {
    const error = await attempt.then(
      () => assert.fail('a secret was made'),
      (thrown: { code?: string; missing?: string; effect?: string }) => thrown,
    )
    assert.equal(error.code, 'not_found')
    assert.equal(error.missing, 'secret')
    assert.equal(error.effect, 'none')
  }
  await missing(put(fixture.store, address, newValue(), 'absent'))
  await missing(put(fixture.store, address, newValue(), fixture.unknownVersion))
  await missing(fixture.store.read(address, 'current', newCall()))
}

async function fillEmptySecret(fixture: StoreFixture): Promise<void> {
  // Where a secret always has a value, one without our field is the nearest thing.
  const secret =
    fixture.newEmptySecret === 'impossible'
      ? await fixture.newSecret({ SIBLING: newValue() })
      : await fixture.newEmptySecret()
  const address = oneField(secret)
  const error = await fixture.store.read(address, 'current', newCall()).then(
    () => assert.fail('an absent field was read'),
    (thrown: { code?: string; missing?: string }) => thrown,
  )
  assert.equal(error.code, 'not_found')
  assert.equal(error.missing, 'field')
  const value = newValue()
  await put(fixture.store, address, value, 'absent')
  assert.equal(await rawField(fixture, secret, 'API_KEY'), value)
}

/** What stands in a field that nobody has filled, or that a program filled with nothing. */
const NO_VALUES = ['', ' ', '\n', ' \t\r\n', '\ufeff', 'null', 'undefined', 'None', '[object Object]']

async function fillNothing(fixture: StoreFixture): Promise<void> {
  const { store, nature } = fixture
  for (const nothing of NO_VALUES.filter((value) => !nature.cannotCarry?.(value))) {
    const sibling = newValue()
    const secret = await fixture.newSecret({ API_KEY: nothing, SIBLING: sibling })
    await fillAsAbsent(fixture, secret)
    assert.equal(await rawField(fixture, secret, 'SIBLING'), sibling)

    const part = await fixture.newSecret({ API_KEY: nothing, API_ID: newValue() })
    const read = await refused(store.read(twoFields(part), 'current', newCall()), 'not_found')
    assert.equal(read.missing, 'field')
  }
  if (nature.wholeSecret) await fillBlankWhole(fixture)
  const { secret, address, version } = await seeded(fixture)
  for (const nothing of NO_VALUES) {
    const attempt = () => put(store, address, nothing, version)
    assert.equal((await refusedWrite(fixture, secret, attempt, 'invalid')).effect, 'none')
  }
}

async function fillAsAbsent(fixture: StoreFixture, secret: string): Promise<void> {
  const { store } = fixture
  const address = oneField(secret)
  await store.check(address, newCall())
  const read = await refused(store.read(address, 'current', newCall()), 'not_found')
  assert.equal(read.missing, 'field')
  const value = newValue()
  const made = await put(store, address, value, 'absent')
  assert.deepEqual(await get(store, address, made), { value })
  assert.equal(await rawField(fixture, secret, 'API_KEY'), value)
}

/** A secret that is the key itself and blank so far: it has no key, and no fields either. */
async function fillBlankWhole(fixture: StoreFixture): Promise<void> {
  const whole = { secret: await fixture.newSecret('\n'), fields: { value: null } }
  const read = await refused(fixture.store.read(whole, 'current', newCall()), 'not_found')
  assert.equal(read.missing, 'field')
  const value = newValue()
  await put(fixture.store, whole, value, 'absent')
  assert.equal(await fixture.rawRead(whole.secret), value)
  if (fixture.rawText !== 'has-fields') await fillAsAbsent(fixture, await fixture.newSecret('\n'))
}
