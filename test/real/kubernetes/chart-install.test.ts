import assert from 'node:assert/strict'
import { afterAll, beforeAll, test } from 'vitest'
import { ReleaseRig } from '../../shared/rigs/chart/release.ts'

const rig = new ReleaseRig()

beforeAll(() => rig.start())
afterAll(() => rig.stop())

test('a release with one key rotates it by a job made from its CronJob', async () => {
  const state = await rig.newFolder('state')
  const values = rig.values({
    extraVolumes: [{ name: 'kept', hostPath: { path: state } }],
    extraVolumeMounts: [{ name: 'kept', mountPath: '/var/lib/keyrota' }],
  })
  const config = { ...(values.config as object), journal: { type: 'sqlite' } }
  const notes = await rig.install({ ...values, config })
  console.log(notes)
  const first = await rig.runJob('first')
  assert.equal(first.exitCode, 0, first.log)
  const firstKey = await rig.heldKey()
  const second = await rig.runJob('second')
  assert.equal(second.exitCode, 0, second.log)
  assert.notEqual(await rig.heldKey(), firstKey)
  console.log(first.log, second.log, rig.liveKeys())
})
