import { expect, test } from 'vitest'
import type { KeyConfig } from '../../src/contracts/config.ts'
import { attend } from '../../src/engine/attend.ts'
import { rollBack } from '../../src/service/roll-back.ts'
import { makeRig, type Rig } from './harness.ts'

/** A second key in another field of the same secret, with an overlap that outlives the test. */
function addSibling(rig: Rig): void {
  const sibling = rig.space.addKey({ name: 'second' })
  rig.secrets.foreignWrite('app-0', { SECOND: sibling.material.value?.expose() ?? '' })
  const key: KeyConfig = {
    ...rig.key,
    name: 'audio',
    targets: [{ id: 'store/app-0#SECOND', store: 'store', secret: 'app-0', fields: { value: 'SECOND' } }],
    policy: { ...rig.key.policy, overlapMs: 3_600_000 },
  }
  rig.context.keys = new Map([...rig.context.keys, ['audio', key]])
}

function secondField(rig: Rig): unknown {
  const content = rig.secrets.contentOf('app-0')
  return typeof content === 'string' ? undefined : content.SECOND
}

test('one key of a secret is rotated while another waits in its overlap, which can still go back', async () => {
  const rig = makeRig()
  addSibling(rig)
  await rig.run()
  const before = secondField(rig)
  const started = await attend({ ...rig.context, waitMs: 500 }, 'audio', {
    takeOver: true,
    start: () => ({ id: '20261122-audio1', reason: 'asked' }),
  })
  expect(started.record?.rotation?.step).toBe('revoke')
  expect((await rig.rotate()).record?.last?.end).toBe('completed')
  expect((await rollBack(rig.context, 'audio', 'by the test')).record?.last?.end).toBe('rolled-back')
  expect(secondField(rig)).toBe(before)
  expect(rig.held()[0]).toBe((await rig.record()).current?.fingerprint)
})
