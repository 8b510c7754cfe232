import assert from 'node:assert/strict'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { SecretAddress, SecretStore } from '../../../src/contracts/secret-store.ts'
import type { StoreFixture, StoreRule } from './fixture.ts'
import { newCall, newValue, oneField, put, rawField, readSettled, refused, seeded } from './helpers.ts'

/** Rules about sibling fields and about writers who come at the same time. */
export const sharingRules: readonly StoreRule[] = [
  { name: 'sibling fields survive byte for byte', run: keepSiblings },
  { name: 'a sibling that looks like a number keeps every digit', run: keepNumbers },
  { name: 'text that is not fields is refused and left alone', run: refuseForeignShape },
  { name: 'writing the old value back keeps siblings as they are now, and may be repeated', run: rollBack },
  { name: 'two keys in one secret can rotate at the same time', run: rotateTwoKeys },
  { name: 'of two writes with the same version one wins and the other is a conflict', run: raceSameVersion },
  { name: 'a foreign write that lands in between is a conflict, and seen', run: seeForeignWrite },
]

async function keepSiblings(fixture: StoreFixture): Promise<void> {
  const siblings = {
    LAST: 'z',
    EMPTY: '',
    QUOTED: `it's "quoted"`,
    UNICODE: 'ключ-🔑',
    SPACED: 'two  spaces',
    API_KEY_OLD: 'a name that begins like ours',
    MY_API_KEY: 'a name that ends like ours',
  }
  const carried = Object.fromEntries(
    Object.entries(siblings).filter(([, value]) => !fixture.nature.cannotCarry?.(value)),
  )
  const secret = await fixture.newSecret({ ...carried, API_KEY: newValue() })
  const address = oneField(secret)
  const read = await fixture.store.read(address, 'current', newCall())
  let { version } = read
  // Another field may hold the same key, so what is beside ours is returned with it.
  const beside = Object.entries(read.others ?? {}).map(([name, value]) => [name, value.expose()])
  assert.deepEqual(Object.fromEntries(beside), carried)
  for (let time = 0; time < 2; time += 1) {
    const value = newValue()
    version = await put(fixture.store, address, value, version)
    assert.deepEqual(await fixture.rawRead(secret), { ...carried, API_KEY: value })
  }
}

/** Numbers that a careless JSON round trip rounds. */
async function keepNumbers(fixture: StoreFixture): Promise<void> {
  if (fixture.rawText === 'has-fields') {
    const secret = await fixture.newSecret({ API_KEY: newValue(), NUMBER: '12345678901234567890' })
    await rotate(fixture.store, oneField(secret), newValue())
    assert.equal(await rawField(fixture, secret, 'NUMBER'), '12345678901234567890')
    return
  }
  const kept = ['12345678901234567890', '1.10', '{"nested":[true,null,1e400]}']
  const siblings = kept.map((literal, index) => `"SIBLING_${index}":${literal}`).join(',')
  const secret = await fixture.newSecret(`{${siblings},"API_KEY":"${newValue()}"}`)
  const value = newValue()
  await rotate(fixture.store, oneField(secret), value)
  const text = await fixture.rawText(secret)
  for (const part of [...kept, value]) assert.ok(text.includes(part), 'a sibling was rewritten')
}

async function refuseForeignShape(fixture: StoreFixture): Promise<void> {
  if (fixture.rawText === 'has-fields') {
    // Fields always are fields here; what can go wrong is a field that is not there.
    const secret = await fixture.newSecret({ SIBLING: newValue() })
    const error = await refused(fixture.store.read(oneField(secret), 'current', newCall()), 'not_found')
    assert.equal(error.missing, 'field')
    return
  }
  const shapes = [
    newValue(),
    `{"API_KEY":"${newValue()}"`,
    `["${newValue()}"]`,
    `{"API_KEY":{"in":"${newValue()}"}}`,
  ]
  for (const text of shapes) {
    const secret = await fixture.newSecret(text)
    const before = await fixture.rawRead(secret)
    await refused(fixture.store.read(oneField(secret), 'current', newCall()), 'invalid')
    await refused(fixture.store.check(oneField(secret), newCall()), 'invalid')
    await refused(put(fixture.store, oneField(secret), newValue(), 'absent'), 'invalid', 'conflict')
    assert.deepEqual(await fixture.rawRead(secret), before)
  }
}

async function rollBack(fixture: StoreFixture): Promise<void> {
  const { secret, address, old, version } = await seeded(fixture)
  await put(fixture.store, address, newValue(), version)
  const sibling = newValue()
  await fixture.foreignWrite(secret, { SIBLING: sibling })
  const back = await rotate(fixture.store, address, old)
  assert.deepEqual(await fixture.rawRead(secret), { API_KEY: old, SIBLING: sibling })
  const again = await rotate(fixture.store, address, old)
  assert.notEqual(again, back)
  assert.deepEqual(await fixture.rawRead(secret), { API_KEY: old, SIBLING: sibling })
}

/** Writes as the workflow does: on a conflict the present key is read again and, being still the same, replaced. */
async function rotate(store: SecretStore, address: SecretAddress, value: string): Promise<string> {
  for (let tries = 0; ; tries += 1) {
    const { version } = await store.read(address, 'current', newCall())
    try {
      return await put(store, address, value, version)
    } catch (error) {
      if (!(error instanceof ProviderError) || error.code !== 'conflict' || tries === 8) throw error
    }
  }
}

async function rotateTwoKeys(fixture: StoreFixture): Promise<void> {
  const sibling = newValue()
  const secret = await fixture.newSecret({ API_KEY: newValue(), OTHER_KEY: newValue(), SIBLING: sibling })
  const other = { secret, fields: { value: 'OTHER_KEY' } }
  const values = [newValue(), newValue()] as const
  // Without compare-and-set only writers within one process can take turns.
  const second = fixture.store.traits.compareAndSet ? await fixture.anotherStore() : fixture.store
  await Promise.all([rotate(fixture.store, oneField(secret), values[0]), rotate(second, other, values[1])])
  if (second !== fixture.store) await second.close?.()
  assert.deepEqual(await fixture.rawRead(secret), {
    API_KEY: values[0],
    OTHER_KEY: values[1],
    SIBLING: sibling,
  })
}

async function raceSameVersion(fixture: StoreFixture): Promise<void> {
  const { secret, address, version } = await seeded(fixture)
  const values = [newValue(), newValue()] as const
  const second = fixture.store.traits.compareAndSet ? await fixture.anotherStore() : fixture.store
  const answers = await Promise.allSettled([
    put(fixture.store, address, values[0], version),
    put(second, address, values[1], version),
  ])
  if (second !== fixture.store) await second.close?.()
  const winner = answers.findIndex(({ status }) => status === 'fulfilled')
  assert.notEqual(winner, -1, 'both were refused')
  const loser = answers[1 - winner]
  assert.ok(loser?.status === 'rejected', 'both were done')
  await refused(Promise.reject(loser.reason), 'conflict')
  assert.equal(await rawField(fixture, secret, 'API_KEY'), values[winner])
}

async function seeForeignWrite(fixture: StoreFixture): Promise<void> {
  const { secret, address, version } = await seeded(fixture)
  const foreign = newValue()
  const fault = await fixture.landBeforeNextWrite(secret, { API_KEY: foreign })
  const error = await refused(put(fault.store, address, newValue(), version), 'conflict').finally(fault.undo)
  if (fixture.store.traits.compareAndSet) {
    assert.equal(await rawField(fixture, secret, 'API_KEY'), foreign)
  } else {
    // The service let our write through, so all that is left is to say so.
    assert.equal(error.effect, 'unknown')
  }
  const current = await readSettled(fixture, address, (seen) => seen !== version)
  assert.notEqual(current.version, version)
}
