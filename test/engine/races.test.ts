import { expect, test } from 'vitest'
import { resume } from '../../src/service/resume.ts'
import { makeRig } from './harness.ts'

test('a store without compare-and-set wrote over somebody else: drift, nothing revoked until a person has looked', async () => {
  const rig = makeRig({ targets: 2, plain: [1] })
  const [old = ''] = rig.accepted()
  const content = { KEY: 'somebody-elses-value' }
  rig.secrets.inject({ kind: 'foreign-write', verb: 'write', secret: 'app-1', content }, 1)
  const { end, record } = await rig.rotate()
  expect(end).toBe('standing')
  expect(record?.rotation?.hold).toMatchObject({
    reason: 'drift',
    command: expect.stringContaining('overwritten:'),
  })
  expect(record?.rotation?.hold?.detail).toContain('plain/app-1#KEY')
  expect(rig.accepted()).toContain(old)
  expect(rig.events.filter(({ level, kind }) => level === 'alarm' && kind === 'drift')).not.toEqual([])
  await resume(rig.context, rig.key.name, [record?.rotation?.hold?.needs ?? ''])
  expect((await rig.record()).last?.end).toBe('completed')
  expect(rig.accepted()).not.toContain(old)
})

test('with compare-and-set the same race changes nothing, and is drift by what the target holds', async () => {
  const rig = makeRig({ targets: 2 })
  const content = { KEY: 'somebody-elses-value' }
  rig.secrets.inject({ kind: 'foreign-write', verb: 'write', secret: 'app-1', content }, 1)
  const { record } = await rig.rotate()
  expect(record?.rotation?.hold?.needs).toMatch(/^overwrite:/)
  expect(rig.secrets.contentOf('app-1')).toMatchObject(content)
})
