/*
 * A day of a platform team on a real node: the chart with its default values and one key, a run by hand, and a workload
 * that uses the key all the time and is never refused.
 */
import assert from 'node:assert/strict'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chart } from '../../shared/rigs/chart/helm.ts'
import { Platform } from '../../shared/rigs/platform/platform.ts'

const KEY = 'web-prod'
const START_LIMIT_MS = 600_000
const platform = new Platform()

beforeAll(async () => {
  await platform.start()
}, START_LIMIT_MS)
afterAll(() => platform.stop())

test('a key in a mounted Secret rotates while its Deployment calls the gateway, and no call is refused', async () => {
  await platform.newSecret(platform.web, 'app', { SIBLING: 'stays' })
  const consumers = {
    web: { type: 'kubernetes-rollout', kind: 'Deployment', name: 'web', namespace: platform.web.namespace },
  }
  const values = (users: readonly string[]) =>
    platform.values({ keys: { [KEY]: { ...platform.keyIn('app', users), first: true } }, consumers })
  expect(await platform.install(values([]))).toContain('kubectl get managedkeys -A')
  const first = await platform.runJob('first')
  assert.equal(first.exitCode, 0, first.log)
  const before = await platform.held('app')
  await platform.startWorkload({ name: 'web' })
  await platform.helm.run(['upgrade', 'keyrota', chart], values(['web']))

  await platform.kubectl('annotate', 'managedkey', KEY, 'keyrota.dev/rotate=a first try')
  const run = await platform.runJob('rotating')
  assert.equal(run.exitCode, 0, run.log)
  console.info(`a rotation by the CronJob's pod: ${run.ms} ms`)

  const after = await platform.held('app')
  expect(after).not.toBe(before)
  const keys = platform.gateway.listKeys()
  const old = keys.find(({ fingerprint }) => fingerprint === before)
  expect(old).toMatchObject({ state: 'revoked' })
  expect(keys.filter(({ state }) => state === 'active').map(({ fingerprint }) => fingerprint)).toEqual([
    after,
  ])
  expect(platform.calls.refused()).toEqual([])
  console.info(`calls of the Deployment: ${platform.calls.all.length}, refused: 0`)

  // Old pods were gone before the old key was revoked.
  const pods = JSON.parse(await platform.kubectlWeb('get', 'pods', '-o', 'json')).items as {
    metadata: { name: string }
  }[]
  const present = new Set(pods.map(({ metadata }) => metadata.name))
  const lastOld = [...platform.calls.byPod()].filter(([pod]) => !present.has(pod))
  expect(lastOld.length).toBe(2)
  for (const [, { last }] of lastOld) expect(last).toBeLessThan(old?.revokedAt ?? 0)

  console.info(await platform.kubectl('get', 'managedkeys', '-A', '-o', 'wide'))
  console.info(await platform.kubectl('describe', 'managedkey', KEY))
})
