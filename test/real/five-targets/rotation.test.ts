import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest'
import { material } from '../../../src/contracts/secret-value.ts'
import { resume } from '../../../src/service/resume.ts'
import { rotate } from '../../../src/service/rotate.ts'
import { run } from '../../../src/service/run.ts'
import { status } from '../../../src/service/status.ts'
import { newCall, newMark } from '../../laws/secret-store/helpers.ts'
import { FIELD, KEY, SECOND_FIELD, SECOND_KEY } from '../../shared/rigs/five-targets/config.ts'
import { countVerbs } from '../../shared/rigs/five-targets/count-verbs.ts'
import { countRequests, isCurrentRead, isWrite, published } from '../../shared/rigs/five-targets/requests.ts'
import { type FiveOptions, type FiveRig, makeFiveRig, SIBLING } from '../../shared/rigs/five-targets/rig.ts'
import {
  type FiveServers,
  openFiveServers,
  type StoreName,
  storeNames,
} from '../../shared/rigs/five-targets/servers.ts'

let servers: FiveServers

beforeAll(async () => {
  servers = await openFiveServers()
})
afterAll(() => servers.close())

async function makeRig({ onTestFinished }: TestContext, options: FiveOptions = {}): Promise<FiveRig> {
  const rig = await makeFiveRig(servers, options)
  onTestFinished(() => rig.close())
  for (const { proxy } of rig.targets) proxy.forget()
  return rig
}

/** Rotates the key in a process of its own; `when` is done once, right after the commit that carries this entry. */
function rotateIn(
  rig: FiveRig,
  about: { waitMs?: number; at?: RegExp; when?: () => void | Promise<void> } = {},
) {
  const doing: Promise<void>[] = []
  const watch = {
    committed: (audit: readonly { text: string }[]) => {
      if (doing.length > 0 || !about.when || !audit.some(({ text }) => about.at?.test(text))) return
      doing.push(Promise.resolve(about.when()))
    },
  }
  return rig.using(
    async ({ context }) => {
      const attended = await rotate(context, KEY, {})
      await Promise.all(doing)
      expect(doing).toHaveLength(about.when ? 1 : 0)
      return attended
    },
    { watch, ...(about.waitMs === undefined ? {} : { waitMs: about.waitMs }) },
  )
}

async function statusOf(rig: FiveRig) {
  const [shown] = await rig.using(({ context }) => status(context, [KEY]))
  if (!shown) throw new Error('status shows nothing')
  return shown
}

/** The new key is everywhere, nothing else lives, the siblings are as they were, and nobody was refused. */
async function expectCompleted(rig: FiveRig): Promise<void> {
  const record = await rig.record()
  expect(record.last?.end).toBe('completed')
  expect(rig.live()).toEqual([record.current?.fingerprint])
  expect(rig.live()).not.toContain(rig.oldKey)
  await expectUntouched(rig, rig.live())
}

async function expectUntouched(rig: FiveRig, held: readonly string[]): Promise<void> {
  expect(await rig.held()).toEqual(held)
  for (const { store } of rig.targets) expect((await rig.fields(store)).SIBLING).toBe(SIBLING)
  expect(rig.fleet.calls.refused).toBe(0)
  expect(rig.fleet.calls.accepted).toBeGreaterThan(20)
}

test('one key is rotated in five stores on five servers, and each server is asked what was published', async (context) => {
  const rig = await makeRig(context)
  const counts = await rig.using(async (opened) => {
    const counted = countVerbs(opened.context)
    await rotate(counted.context, KEY, {})
    return counted.counts
  })
  await expectCompleted(rig)
  for (const { store, proxy } of rig.targets) {
    const asked = counts[store] ?? {}
    const costs: Readonly<Record<string, number>> = published[store]
    const expected = Object.entries(asked).reduce((sum, [verb, times]) => sum + times * (costs[verb] ?? 0), 0)
    console.log(`${store}: ${countRequests(proxy.requests)} requests for ${JSON.stringify(asked)}`)
    expect(countRequests(proxy.requests), store).toBe(expected)
    expect(asked, store).toMatchObject({ check: 1, write: 1, retire: 1 })
    expect(asked.read, store).toBeLessThanOrEqual(10)
  }
})

describe.concurrent.each(storeNames)('with %s down for a while', (down) => {
  test('four are written once, the fifth later, with one key, and nothing is revoked meanwhile', async (context) => {
    const rig = await makeRig(context)
    const { proxy, id } = rig.target(down)
    const takeDown = () => proxy.arm({ action: { kind: 'cut-before' }, times: Number.POSITIVE_INFINITY })
    const first = await rotateIn(rig, { waitMs: 2_500, at: /^deploy the new key/, when: takeDown })
    expect(first.end).toBe('waiting')
    const shown = await statusOf(rig)
    expect(shown.state).toBe('deploy, waiting')
    expect(shown.rotation?.hold?.detail).toContain(id)
    expect(shown.targets.filter(({ holds }) => holds === 'new')).toHaveLength(4)
    expect(rig.live()).toContain(rig.oldKey)
    expect(rig.live()).toHaveLength(2)
    for (const one of rig.targets)
      if (one.store !== down) expect(one.proxy.count(isWrite[one.store]), one.store).toBe(1)
    expect(rig.gatewayProxy.count(({ method }) => method === 'DELETE')).toBe(0)
    proxy.clear()
    await rig.using(({ context }) => run(context))
    await expectCompleted(rig)
    expect(rig.gateway.listKeys().filter(({ name }) => name.startsWith('keyrota-'))).toHaveLength(1)
  })
})

/** Google's versions are read by number, which is never stale; only its list can be behind. */
const staleStores = storeNames.filter((store) => store !== 'gcp')

describe.concurrent.each(staleStores)('with %s silently serving what was replaced', (stale) => {
  test('it is named, and nothing is revoked until it serves the new value', async (context) => {
    const rig = await makeRig(context, { defaults: { callLimit: '2s' } })
    const { proxy, id } = rig.target(stale)
    const lag = () =>
      proxy.arm({ action: { kind: 'stale' }, when: isCurrentRead[stale], times: Number.POSITIVE_INFINITY })
    const { end } = await rotateIn(rig, { at: /^deploy the new key/, when: lag })
    expect(end).toBe('standing')
    const shown = await statusOf(rig)
    expect(shown.attention).toBe(true)
    expect(shown.rotation?.hold?.reason).toBe('target-serves-old-value')
    expect(shown.rotation?.hold?.detail).toContain(id)
    expect(rig.live()).toContain(rig.oldKey)
    proxy.clear()
    await rig.using(({ context }) => run(context))
    await expectCompleted(rig)
  })
})

test('with a list of gcp that stays behind: what was written is read by its number, and the rotation completes', async (context) => {
  const rig = await makeRig(context, { defaults: { callLimit: '2s' } })
  const { proxy } = rig.target('gcp')
  const lag = () =>
    proxy.arm({ action: { kind: 'stale' }, when: isCurrentRead.gcp, times: Number.POSITIVE_INFINITY })
  expect((await rotateIn(rig, { at: /^deploy the new key/, when: lag })).end).toBe('ended')
  proxy.clear()
  await expectCompleted(rig)
})

describe.concurrent.each(storeNames)('rolled over by somebody else in %s', (store) => {
  const foreign = () => randomBytes(24).toString('hex')

  /** Blocks on the drift and names its place; when a person says so, it is overwritten and the rotation continues. */
  async function expectDrift(rig: FiveRig): Promise<string> {
    const { hold } = (await statusOf(rig)).rotation ?? {}
    expect(hold?.reason).toBe('drift')
    expect(hold?.detail).toContain(rig.target(store).id)
    expect(rig.live()).toContain(rig.oldKey)
    expect(rig.gatewayProxy.count(({ method }) => method === 'DELETE')).toBe(0)
    await rig.using(({ context }) => resume(context, KEY, [hold?.needs ?? '']))
    await expectCompleted(rig)
    return hold?.detail ?? ''
  }

  test('between the look and the write: drift, nothing revoked', async (context) => {
    const rig = await makeRig(context)
    const { proxy, side, secret } = rig.target(store)
    const value = foreign()
    const writeOver = () =>
      proxy.arm({
        action: { kind: 'meanwhile', run: () => side.write(secret, { [FIELD]: value }) },
        when: isWrite[store],
      })
    await rotateIn(rig, { at: /^deploy the new key/, when: writeOver })
    await expectDrift(rig)
  })

  test('during the overlap, by another Keyrota: drift, saying whose mark it carries', async (context) => {
    const rig = await makeRig(context, { defaults: { overlap: '2s' } })
    const { secret } = rig.target(store)
    const mark = `othr-${newMark()}`
    const writeOver = () =>
      rig.using(async ({ context }) => {
        const other = await context.providers.store(store)
        const address = { secret, fields: { value: FIELD } }
        const { version } = await other.read(address, 'current', newCall())
        await other.write(address, material({ value: foreign() }), { mark, replaces: version }, newCall())
      })
    await rotateIn(rig, { at: /the overlap begins/, when: writeOver })
    const said = await expectDrift(rig)
    if (['aws', 'azure', 'kubernetes'].includes(store)) expect(said).toContain(mark)
  })
})

test('a rollout that fails is rolled back in all five, read back, and the new key is revoked', async (context) => {
  const rig = await makeRig(context)
  rig.fleet.failUnlessOn(rig.oldKey)
  const { end, record } = await rotateIn(rig)
  expect(end).toBe('ended')
  expect(record?.last?.end).toBe('rolled-back')
  expect(rig.live()).toEqual([rig.oldKey])
  await expectUntouched(rig, [rig.oldKey])
  expect(rig.fleet.fingerprints()).toEqual([rig.oldKey])
  for (const { store, proxy } of rig.targets) {
    const last = (what: (typeof isWrite)[StoreName]) => proxy.requests.findLastIndex(what)
    // A Secret's retirement is a patch too.
    expect(proxy.count(isWrite[store]), store).toBe(store === 'kubernetes' ? 3 : 2)
    expect(last(isCurrentRead[store]), store).toBeGreaterThan(last(isWrite[store]))
  }
})

describe.concurrent('two keys in one secret rotate at the same time', () => {
  async function expectBoth(rig: FiveRig): Promise<void> {
    const [one, other] = [await rig.held(FIELD), await rig.held(SECOND_FIELD)]
    expect([one.length, other.length]).toEqual([1, 1])
    expect(rig.live().sort()).toEqual([...one, ...other].sort())
    expect(rig.live()).not.toContain(rig.oldKey)
    await expectUntouched(rig, one)
  }

  test('in one process, in all five stores: writes without compare-and-set are taken in turn', async (context) => {
    const rig = await makeRig(context, { secondKey: true })
    const ends = await rig.using(({ context }) =>
      Promise.all([KEY, SECOND_KEY].map((key) => rotate(context, key, {}))),
    )
    expect(ends.map(({ record }) => record?.last?.end)).toEqual(['completed', 'completed'])
    await expectBoth(rig)
  })

  test('in two processes, where the store has compare-and-set', async (context) => {
    const rig = await makeRig(context, { secondKey: true, stores: ['aws', 'vault', 'kubernetes'] })
    const ends = await Promise.all(
      [KEY, SECOND_KEY].map((key) => rig.using(({ context }) => rotate(context, key, {}))),
    )
    expect(ends.map(({ record }) => record?.last?.end)).toEqual(['completed', 'completed'])
    await expectBoth(rig)
  })
})
