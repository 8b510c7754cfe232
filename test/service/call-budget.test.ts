/* Whole rotations of many keys by two processes that share the limit of a store, which counts and refuses. */
import { expect, test } from 'vitest'
import { openMemoryJournal } from '../../providers/journals/memory/index.ts'
import { openCallBudget } from '../../src/budget/call-budget.ts'
import type { Rate } from '../../src/contracts/budget.ts'
import type { KeyConfig } from '../../src/contracts/config.ts'
import { ProviderError } from '../../src/contracts/errors.ts'
import { kindOfVerb } from '../../src/contracts/published-limits.ts'
import type { KeyRecord } from '../../src/contracts/record.ts'
import type { SecretStore } from '../../src/contracts/secret-store.ts'
import type { Context } from '../../src/service/context.ts'
import { run } from '../../src/service/run.ts'
import { CountingService } from '../budget/rig.ts'
import { makeRig } from '../engine/harness.ts'

/** The store counts what it is told to write, and answers 429 beyond its limit. */
function limitWrites(store: SecretStore, service: CountingService): SecretStore {
  const admit = (beforeSend: () => void) => {
    beforeSend()
    if (service.answer()) return
    throw new ProviderError({
      ...{ code: 'throttled', provider: 'store', message: 'too many requests (429)', effect: 'none' },
      nextStep: 'Send fewer.',
    })
  }
  const limited: SecretStore = {
    traits: store.traits,
    check: (address, call) => store.check(address, call),
    read: (address, version, call) => store.read(address, version, call),
    async write(address, material, intent, call) {
      admit(call.beforeSend)
      return await store.write(address, material, intent, { ...call, beforeSend: () => {} })
    },
    async retire(address, version, call) {
      admit(call.beforeSend)
      return await store.retire(address, version, { ...call, beforeSend: () => {} })
    },
  }
  return limited
}

function makeFleet(count: number, about: { bears: number; limit: Rate | null }) {
  const rig = makeRig({
    waitMs: 600_000,
    leaseMs: 60_000,
    policy: { giveUpMs: 86_400_000, retryMinMs: 5_000, retryMaxMs: 60_000, callLimitMs: 10_000 },
  })
  const service = new CountingService(rig.clock, about.bears)
  const keys = new Map<string, KeyConfig>()
  for (let index = 0; index < count; index += 1) {
    const name = `key-${index}`
    const old = rig.space.addKey({ name: `first-${name}` })
    rig.secrets.addSecret(name, { KEY: old.material.value?.expose() ?? '' })
    const targets = [{ id: `store/${name}#KEY`, store: 'store', secret: name, fields: { value: 'KEY' } }]
    keys.set(name, { ...rig.key, name, targets })
  }
  const worker = (holder: string): Context => {
    const { providers, clock, random } = rig.context
    const journal = openMemoryJournal(rig.journal, { clock, random })
    const stop = new AbortController().signal
    const costs = (verb: string) =>
      verb === 'write' || verb === 'retire' ? [{ class: 'writes', calls: 1 }] : []
    const budget = openCallBudget({
      ...{ clock, random, documents: journal.documents, holder, stop },
      limitsOf: async (name, verb) =>
        kindOfVerb(verb) === 'stores'
          ? { account: `cloud ${name}`, classes: { writes: about.limit }, costs }
          : null,
    })
    return {
      ...{ ...rig.context, keys, journal, holder, stop, budget },
      limits: { atOnce: 40, perRun: 10_000, perDay: 10_000 },
      providers: {
        ...providers,
        store: async (name) => limitWrites(await providers.store(name), service),
      },
    }
  }
  const records = async () => (await rig.context.journal.list({ limit: count + 1 })) as KeyRecord[]
  return { rig, service, keys, worker, records }
}

type Fleet = ReturnType<typeof makeFleet>

/** Has every key asked for, then lets both processes work until each rotation is over. */
async function rotateAll({ rig, keys, worker, records }: Fleet): Promise<void> {
  const workers = [worker('one'), worker('two')]
  await run(workers[0] as Context)
  for (const key of keys.keys()) {
    const claim = await rig.context.journal.claim(key, { holder: 'test', leaseMs: 1_000 })
    if (claim === 'held' || !claim.record) throw new Error(`${key} cannot be asked for`)
    const record = { ...claim.record, request: { reason: 'asked' as const, at: 0 } }
    await rig.context.journal.commit(claim, { record, audit: [], release: true })
  }
  const isOver = ({ last, rotation }: KeyRecord) => rotation === null && last?.end === 'completed'
  for (let rounds = 0; rounds < 20 && !(await records()).every(isOver); rounds += 1) {
    // What both would begin with is left to the one that claims it.
    await Promise.all(workers.map((one) => run(one)))
  }
  expect((await records()).filter((record) => !isOver(record))).toEqual([])
}

test('a store that bears less than its limit, and refuses everything for a minute, loses no rotation', async () => {
  const fleet = makeFleet(60, { bears: 2, limit: { calls: 10, perMs: 1_000 } })
  const { service, rig } = fleet
  const startedAt = rig.clock.monotonicMs()
  const rage = async () => {
    await rig.clock.sleep(30_000)
    service.perSecond = 0
    await rig.clock.sleep(60_000)
    service.perSecond = 2
  }
  await Promise.all([rotateAll(fleet), rage()])
  const endedAt = rig.clock.monotonicMs()
  const storm = service.between(startedAt + 30_000, startedAt + 90_000)
  const after = service.between(startedAt + 100_000, endedAt)
  // Sixty seconds at ten calls a second would have been six hundred.
  expect(storm.refused).toBeLessThan(40)
  expect(after.calls).toBeGreaterThan(40)
  expect(after.refused).toBeLessThanOrEqual(1)
  // The new key of each, and the one that the rig has beside them.
  expect(new Set(rig.accepted()).size).toBe(fleet.keys.size + 1)
})
