/*
 * The life of a release: upgraded from the first chart, rolled back, uninstalled, installed again. The state is in the
 * objects, so no step loses it and none makes a key.
 */
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chart } from '../../shared/rigs/chart/helm.ts'
import { unpackFirstChart } from '../../shared/rigs/platform/first-chart.ts'
import { Platform } from '../../shared/rigs/platform/platform.ts'
import { KEY, SECRET, Web } from '../../shared/rigs/platform/web.ts'

const DOCUMENTS = ['create', 'delete', 'get', 'list', 'patch', 'watch']
const START_LIMIT_MS = 600_000
const platform = new Platform()
const web = new Web(platform)
let first: Awaited<ReturnType<typeof unpackFirstChart>>

beforeAll(async () => {
  first = await unpackFirstChart()
  await platform.start()
  await platform.newSecret(platform.web, SECRET, { SIBLING: 'stays' })
}, START_LIMIT_MS)
afterAll(async () => {
  await platform.stop()
  await rm(first.folder, { recursive: true })
})

/** What must be the same after every step of the release. */
async function readState(): Promise<{ record: string; fingerprint: string; trail: number; created: number }> {
  const { status } = await platform.managedKey(KEY)
  const { record, trail } = status.journal
  const created = platform.gateway.listKeys().length
  return { record, fingerprint: status.fingerprint, trail: trail.length, created }
}

/** A run with nothing due notes that it looked, and changes nothing else. */
async function runIdle(job: string): Promise<void> {
  const before = await readState()
  const { exitCode, log } = await platform.runJob(job)
  assert.equal(exitCode, 0, log)
  const { fingerprint, trail, created } = await readState()
  expect({ fingerprint, trail, created }).toEqual({
    fingerprint: before.fingerprint,
    trail: before.trail,
    created: before.created,
  })
}

async function rotate(job: string): Promise<void> {
  const before = await readState()
  await platform.kubectl('annotate', 'managedkey', KEY, `keyrota.dev/rotate=${job}`)
  const { exitCode, log } = await platform.runJob(job)
  assert.equal(exitCode, 0, log)
  const after = await readState()
  assert.equal(after.created, before.created + 1, log)
  assert.notEqual(after.fingerprint, before.fingerprint)
  await web.assertSafe()
}

test('an upgrade from the first chart keeps the record, and the release goes on with the same key', async () => {
  // The program of today keeps documents too, which the Role of that chart did not know.
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: DOCUMENTS }]
  const granted = { rbac: { rules: [{ namespace: platform.own.namespace, rules }] } }
  await platform.helm.run(['install', 'keyrota', first.chart], web.values(granted, []))
  const { exitCode, log } = await platform.runJob('first')
  assert.equal(exitCode, 0, log)
  const before = await readState()
  await platform.helm.run(['upgrade', 'keyrota', chart], web.values({}, []))
  expect(await readState()).toEqual(before)
  await runIdle('after-upgrade')
  await rotate('upgraded')
})

test('a rollback of the release to the first chart keeps the record and rotates on', async () => {
  const before = await readState()
  await platform.helm.run(['rollback', 'keyrota', '1'])
  expect(await readState()).toEqual(before)
  await rotate('rolled-back')
})

test('an uninstalled release leaves the CRD and the objects, and the next one goes on with them', async () => {
  const before = await readState()
  await platform.helm.run(['uninstall', 'keyrota', '--wait'])
  expect(await readState()).toEqual(before)
  const left = await platform.kubectl(
    'get',
    'cronjobs,configmaps,roles,rolebindings,serviceaccounts',
    '-o',
    'name',
  )
  expect(left.split('\n').filter((name) => name.includes('keyrota'))).toEqual([])
  await platform.install(web.values({}, []))
  expect(await readState()).toEqual(before)
  await runIdle('after-install')
})

test('two pods of the CronJob at once make one key', async () => {
  const before = await readState()
  await platform.kubectl('annotate', 'managedkey', KEY, 'keyrota.dev/rotate=twice at once')
  const runs = await Promise.all(['one', 'other'].map((job) => platform.runJob(job)))
  const [began, ended] = [runs.map(({ startedAt }) => startedAt), runs.map(({ finishedAt }) => finishedAt)]
  const codes = runs.map(({ exitCode }) => exitCode).toSorted()
  console.info(`two pods at once: begun ${began}, ended ${ended}, exit codes ${codes}`)
  assert.ok(
    (began.toSorted()[1] ?? '') <= (ended.toSorted()[0] ?? ''),
    'the pods did not run at the same time',
  )
  assert.equal(codes[0], 0, runs.map(({ log }) => log).join('\n'))
  for (const { exitCode, log } of runs) assert.ok(exitCode === 0 || exitCode === 6, log)
  assert.equal((await readState()).created, before.created + 1)
  await web.assertSafe()
})
