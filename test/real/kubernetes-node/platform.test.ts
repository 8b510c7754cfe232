/*
 * A day of a platform team on a real node: the chart with its default values and one key, a run by hand, and a workload
 * that uses the key all the time and is never refused.
 */
import assert from 'node:assert/strict'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Platform } from '../../shared/rigs/platform/platform.ts'

const KEY = 'web-prod'
const START_LIMIT_MS = 600_000
const platform = new Platform()

beforeAll(async () => {
  await platform.start()
}, START_LIMIT_MS)
afterAll(() => platform.stop())

test('a key in a mounted Secret rotates while its Deployment calls the gateway, and no call is refused', async () => {
  const before = await platform.newKey('app')
  await platform.startWorkload({ name: 'web' })
  const consumers = {
    web: { type: 'kubernetes-rollout', kind: 'Deployment', name: 'web', namespace: platform.web.namespace },
  }
  const notes = await platform.install(
    platform.values({ keys: { [KEY]: platform.keyIn('app', ['web']) }, consumers }),
  )
  expect(notes).toContain('kubectl get managedkeys -A')

  const adopting = await platform.runJob('adopting')
  // A person made this key, and only a person knows its id.
  assert.equal(adopting.exitCode, 4, adopting.log)
  expect((await platform.managedKey(KEY)).status).toMatchObject({ fingerprint: before })

  const id = platform.gateway.listKeys()[0]?.id
  await platform.kubectl('annotate', 'managedkey', KEY, `keyrota.dev/confirm=id:${id}`)
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
