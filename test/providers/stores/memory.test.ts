import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { make, storeSpace } from '../../../providers/stores/memory/index.ts'
import { checkAddress, MAX_VALUE_BYTES, options } from '../../../providers/stores/memory/options.ts'
import type { Ambient } from '../../../src/contracts/clock.ts'
import { material } from '../../../src/contracts/secret-value.ts'
import { machine } from '../../../src/machine.ts'
import { newCall, newMark, newValue, oneField } from '../../laws/secret-store/helpers.ts'
import { type StoreFixture, secretStoreLaw } from '../../laws/secret-store.ts'
import { seedRandom } from '../../shared/seeded-random.ts'
import { VirtualClock } from '../../shared/virtual-clock.ts'

const clock = new VirtualClock()
const ambient = { clock, random: seedRandom(1) }

function makeStore(space: string, given: Record<string, unknown> = {}, time: Ambient = ambient) {
  return make(options.parse({ space, ...given }), { name: 'memory', stateFolder: '/nonexistent', ...time })
}

function makeFixture(given: Record<string, unknown>): StoreFixture {
  const name = randomUUID()
  const space = storeSpace(name, machine)
  const store = makeStore(name, given, machine)
  const fault = (fault: Parameters<typeof space.inject>[0], times?: number) => {
    const off = space.inject(fault, times)
    return Promise.resolve({ store, undo: async () => off() })
  }
  const secretState = (state: 'disabled' | 'deleted') => async (secret: string) => {
    const found = space.secrets.get(secret)
    if (found) found.state = state
  }
  return {
    store,
    checkAddress,
    nature: {
      wholeSecret: true,
      distinguishesAbsent: false,
      sendsRetryAfter: true,
      retires: 'gone',
      maxValueBytes: MAX_VALUE_BYTES,
      calls: { readCurrent: 1, readVersion: 1, write: store.traits.compareAndSet ? 1 : 3 },
    },
    anotherStore: async () => makeStore(name, given, machine),
    async newSecret(content) {
      const secret = `law/${randomUUID()}`
      space.addSecret(secret, content)
      return secret
    },
    async newEmptySecret() {
      const secret = `law/${randomUUID()}`
      space.addSecret(secret)
      return secret
    },
    absentSecret: async () => `law/${randomUUID()}`,
    illegalNames: ['', 'with space', '/leading', 'a//b', 'x'.repeat(65)],
    illegalFields: ['', 'a b', 'a/b'],
    unknownVersion: 'mem-0000000000000000',
    rawRead: async (secret) => space.contentOf(secret),
    rawText: 'has-fields',
    versionCount: async (secret) =>
      space.secrets.get(secret)?.versions.filter(({ retired }) => !retired).length ?? 0,
    foreignWrite: async (secret, content) => space.foreignWrite(secret, content),
    requestCount: async () => Object.values(space.calls).reduce((sum, count) => sum + count, 0),
    landBeforeNextWrite: (secret, content) =>
      fault({ kind: 'foreign-write', verb: 'write', secret, content }, 1),
    hide: {
      disabled: secretState('disabled'),
      'soft-deleted': secretState('deleted'),
      removed: async (secret) => void space.secrets.delete(secret),
    },
    denied: (secret) => fault({ kind: 'refuse', verb: 'any', code: 'denied', secret }),
    throttled: () => fault({ kind: 'refuse', verb: 'any', code: 'throttled', retryAfterMs: 1500 }),
    unavailable: (secret) => fault({ kind: 'refuse', verb: 'any', code: 'unavailable', secret }),
    hang: (secret) => fault({ kind: 'hang', verb: 'any', secret }),
    lostAnswer: () => fault({ kind: 'lose-answer', verb: 'write' }, 1),
  }
}

for (const [nature, given] of [
  ['with compare-and-set', {}],
  ['without compare-and-set', { compareAndSet: false }],
  ['settling', { settle: '20ms' }],
] as const) {
  describe(`memory keeps the law: ${nature}`, () => {
    const fixture = makeFixture(given)
    for (const rule of secretStoreLaw) test(rule.name, () => rule.run(fixture))
  })
}

describe('memory', () => {
  test('a secret named in the options exists without a value', async () => {
    const store = makeStore(randomUUID(), { secrets: ['dry/run'] })
    const read = store.read(oneField('dry/run'), 'current', newCall())
    await expect(read).rejects.toMatchObject({ code: 'not_found', missing: 'field' })
  })

  test('a write that lands late meets the conflict that a rewrite made', async () => {
    const name = randomUUID()
    const space = storeSpace(name, ambient)
    const store = makeStore(name)
    const old = newValue()
    space.addSecret('late', { API_KEY: old })
    const address = oneField('late')
    const { version } = await store.read(address, 'current', newCall())
    space.inject({ kind: 'land-late', verb: 'write', ms: 60_000 }, 1)
    const write = (value: string) =>
      store.write(address, material({ value }), { mark: newMark(), replaces: version }, newCall())
    await expect(write(newValue())).rejects.toMatchObject({ code: 'unavailable', effect: 'unknown' })
    await write(old)
    space.landChanges('all')
    expect((space.contentOf('late') as Record<string, string>).API_KEY === old).toBe(true)
  })

  test('a late write without a rewrite lands', async () => {
    const name = randomUUID()
    const space = storeSpace(name, ambient)
    const store = makeStore(name)
    const late = newValue()
    space.addSecret('late', { API_KEY: newValue() })
    const { version } = await store.read(oneField('late'), 'current', newCall())
    space.inject({ kind: 'land-late', verb: 'write', ms: 60_000 }, 1)
    const intent = { mark: newMark(), replaces: version }
    const write = store.write(oneField('late'), material({ value: late }), intent, newCall())
    await expect(write).rejects.toMatchObject({ effect: 'unknown' })
    clock.pass(61_000)
    const current = await store.read(oneField('late'), 'current', newCall())
    expect(current.material.value?.expose() === late).toBe(true)
  })

  test('a stale read returns the version before', async () => {
    const name = randomUUID()
    const space = storeSpace(name, ambient)
    const store = makeStore(name)
    space.addSecret('stale', { API_KEY: newValue() })
    const { version } = await store.read(oneField('stale'), 'current', newCall())
    const intent = { mark: newMark(), replaces: version }
    const made = await store.write(oneField('stale'), material({ value: newValue() }), intent, newCall())
    const undo = space.inject({ kind: 'stale-read', verb: 'read', secret: 'stale' })
    expect((await store.read(oneField('stale'), 'current', newCall())).version).toBe(version)
    expect((await store.read(oneField('stale'), made.version, newCall())).version).toBe(made.version)
    undo()
    expect((await store.read(oneField('stale'), 'current', newCall())).version).toBe(made.version)
  })
})
