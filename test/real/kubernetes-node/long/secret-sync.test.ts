/*
 * A workload that reads its key anew from a mounted file, on a node that writes a changed Secret to the file a minute
 * later, as kubelets do by default. Nothing is restarted: each pod tells the key that it has, and the old one lives until
 * all tell the new one.
 */
import assert from 'node:assert/strict'
import { afterAll, beforeAll, test } from 'vitest'
import { Platform } from '../../../shared/rigs/platform/platform.ts'
import { KEY, SECRET, Web } from '../../../shared/rigs/platform/web.ts'

const START_LIMIT_MS = 600_000
const SCENE_LIMIT_MS = 300_000
const platform = new Platform()
const web = new Web(platform, {
  workload: { reloads: true },
  consumer: { restart: false, fingerprint: { path: '/', port: 8080, json: '/fingerprint' } },
})

beforeAll(async () => {
  await platform.start()
  await web.start()
}, START_LIMIT_MS)
afterAll(() => platform.stop())

const names = async () =>
  (await platform.kubectlWeb('get', 'pods', '-o', 'name')).trim().split('\n').toSorted()

test(
  'the old key lives until the node has written the new one into every pod',
  async () => {
    const [before, pods] = [await platform.held(SECRET), await names()]
    await web.annotate('keyrota.dev/rotate=the node takes its time')
    const running = platform.runJob('rotating')
    const written = await platform.until('the new key in the Secret', async () =>
      (await platform.held(SECRET)) === before ? undefined : Date.now(),
    )
    const { exitCode, log } = await running
    assert.equal(exitCode, 0, log)
    const { revokedAt } = await web.refused(before)
    const ms = (revokedAt ?? 0) - written
    console.info(`from the write of the Secret to the revocation: ${ms} ms, and no pod was restarted`)
    assert.deepEqual(await names(), pods)
    assert.equal((await platform.managedKey(KEY)).status.lastRotation.end, 'completed')
    await web.assertSafe()
  },
  SCENE_LIMIT_MS,
)
