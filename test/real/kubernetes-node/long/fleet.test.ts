/*
 * `keyrota serve` in three replicas that share the work of many keys: all are due within a minute, and each is rotated
 * once. Then there is nothing to do, and nothing is done.
 */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fingerprintText } from '../../../../src/sandbox/http.ts'
import { countRequests, difference } from '../../../shared/rigs/platform/api-requests.ts'
import { Platform, times } from '../../../shared/rigs/platform/platform.ts'

const START_LIMIT_MS = 600_000
const SCENE_LIMIT_MS = 600_000
/** As many as two cores with a whole cluster on them rotate in a few minutes; KEYROTA_TEST_FLEET asks for more. */
const KEYS = Number(process.env.KEYROTA_TEST_FLEET ?? 60)
const REPLICAS = 3
const IDLE_MS = 180_000
const DUE_WITHIN_MS = 60_000
const platform = new Platform()
const names = Array.from({ length: KEYS }, (_, index) => `key-${String(index).padStart(3, '0')}`)

function values() {
  const keys = names.map((name) => [name, { ...platform.keyIn(name, []), first: true }])
  const defaults = { ...times, overlap: '0s', lease: '1m' }
  const limits = { perRun: 1_000, perDay: 10_000 }
  return platform.values(
    { keys: Object.fromEntries(keys), defaults, limits },
    { mode: 'deployment', deployment: { replicas: REPLICAS } },
  )
}

beforeAll(async () => {
  await platform.start()
  const { namespace } = platform.web
  const items = names.map((name) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    stringData: { SIBLING: 'stays' },
  }))
  await platform.web.apply({ apiVersion: 'v1', kind: 'List', items })
}, START_LIMIT_MS)
afterAll(() => platform.stop())

interface Shown {
  metadata: { name: string }
  status: { lastRotation?: { end: string }; rotation?: object; journal: { holder: string } }
}

async function shown(): Promise<Shown[]> {
  return JSON.parse(await platform.kubectl('get', 'managedkeys', '-o', 'json')).items
}

/** Waits until every key is at its `nth` one, and no rotation runs. */
async function rotated(nth: number): Promise<void> {
  const { gateway } = platform
  await platform.until(
    `${KEYS} keys at their key ${nth}`,
    async () => {
      const revoked = gateway.listKeys().filter(({ state }) => state === 'revoked')
      return revoked.length >= KEYS * (nth - 1) && gateway.listKeys().length >= KEYS * nth ? true : undefined
    },
    SCENE_LIMIT_MS,
  )
  await platform.until('the end of every rotation', async () => {
    const all = await shown()
    return all.every(({ status }) => status.lastRotation && !status.rotation) ? true : undefined
  })
}

/** Nothing was made twice: so many keys were ever created, one of each lives, and its Secret holds it. */
async function assertOnce(nth: number): Promise<void> {
  const all = platform.gateway.listKeys()
  assert.equal(all.length, KEYS * nth)
  assert.equal(new Set(all.map(({ name }) => name)).size, KEYS * nth)
  const live = all.filter(({ state }) => state !== 'revoked').map(({ fingerprint }) => fingerprint)
  const secrets = JSON.parse(await platform.kubectlWeb('get', 'secrets', '-o', 'json')).items as {
    data: Record<string, string>
  }[]
  const held = secrets.map(({ data }) =>
    fingerprintText(Buffer.from(data.API_KEY ?? '', 'base64').toString()),
  )
  expect(held.toSorted()).toEqual(live.toSorted())
}

/** How many of the keys each replica had last. */
async function sayWho(): Promise<string> {
  const shares = Object.groupBy(await shown(), ({ status }) => status.journal.holder.split('/')[0] ?? '')
  return Object.values(shares)
    .map((keys) => keys?.length)
    .join(' + ')
}

test(
  `${KEYS} first keys that are due at the install are made once`,
  async () => {
    const from = Date.now()
    await platform.install(values())
    await rotated(1)
    console.info(
      `${KEYS} first keys: ${Date.now() - from} ms from the install on, by replicas ${await sayWho()}`,
    )
    await assertOnce(1)
  },
  SCENE_LIMIT_MS,
)

test(
  `${KEYS} keys that are due within a minute are rotated once each`,
  async () => {
    const from = Date.now()
    await platform.kubectl('annotate', 'managedkeys', '--all', 'keyrota.dev/rotate=all of them')
    const askedMs = Date.now() - from
    assert.ok(askedMs < DUE_WITHIN_MS, `to ask for them took ${askedMs} ms`)
    await rotated(2)
    console.info(
      `${KEYS} rotations, asked for in ${askedMs} ms: ${Date.now() - from} ms, by ${await sayWho()}`,
    )
    await assertOnce(2)
    for (const { metadata, status } of await shown())
      assert.equal(status.lastRotation?.end, 'completed', metadata.name)
  },
  SCENE_LIMIT_MS,
)

test(
  'with nothing due, replicas send nothing: their watches stand',
  async () => {
    await sleep(10_000)
    const before = await countRequests(platform.own)
    await sleep(IDLE_MS)
    const sent = difference(before, await countRequests(platform.own))
    console.info(
      `requests for ManagedKeys of ${REPLICAS} idle replicas in ${IDLE_MS / 1_000} s: ${JSON.stringify(sent)}`,
    )
    const others = Object.entries(sent).filter(([what]) => !what.startsWith('WATCH'))
    assert.deepEqual(others, [])
  },
  SCENE_LIMIT_MS,
)
