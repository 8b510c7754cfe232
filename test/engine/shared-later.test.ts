/* A value that another managed key gets after its last look (RULES.md 12). */

import { expect, test } from 'vitest'
import { rotate } from '../../src/service/rotate.ts'
import { run } from '../../src/service/run.ts'
import { fieldOf, holdOf, makeTwins, recordOf } from './twins.ts'

test('another key got this value since its last look: its target is read before anything is made', async () => {
  const rig = await makeTwins()
  const own = rig.space.addKey({ name: 'own' }).material.value?.expose() ?? ''
  rig.secrets.foreignWrite('twin', { KEY: own })
  await run(rig.context)
  expect((await recordOf(rig, 'twin'))?.current?.fingerprint).not.toBe(rig.shared)
  rig.secrets.foreignWrite('twin', { KEY: fieldOf(rig, 'app-0') ?? '' })
  await rotate(rig.context, 'video', {})
  expect(await holdOf(rig)).toMatchObject({ reason: 'shared-key', needs: 'split' })
  expect(rig.space.calls.issue).toBeUndefined()
})

test('another key gets this value during the overlap: the old key is not revoked', async () => {
  const rig = await makeTwins({ waitMs: 50, policy: { overlapMs: 3_600_000 } })
  const before = { KEY: fieldOf(rig, 'app-0') ?? '' }
  const own = rig.space.addKey({ name: 'own' }).material.value?.expose() ?? ''
  rig.secrets.foreignWrite('twin', { KEY: own })
  await run(rig.context)
  await rotate(rig.context, 'video', {})
  rig.secrets.foreignWrite('twin', before)
  rig.pass(3_700_000)
  await rotate(rig.context, 'video', {})
  await run(rig.context)
  expect(rig.live()).toContain(rig.shared)
  expect(rig.space.calls.revoke).toBeUndefined()
})
