import { expect, test } from 'vitest'
import type { UsageRules } from '../../../src/contracts/usage.ts'
import { checkMeters } from '../../../src/service/usage/check-meters.ts'
import { watchUsage } from '../../../src/service/usage/watch-usage.ts'
import { makeRig } from '../../engine/harness.ts'

const HOUR = 3_600_000
const rules: UsageRules = { from: ['issuer'], ratio: 3, idle: false, policy: 'tell', policies: {} }

test('the last use at the issuer alone shows that the old key is still used, and holds it', async () => {
  const policy = { overlapMs: 3 * HOUR, quietForMs: 1, giveUpMs: 1e9 }
  const rig = makeRig({ policy, waitMs: 1_000, issuer: { tellsLastUsed: true } })
  Object.assign(rig.key, { usage: rules })
  await rig.rotate()
  await watchUsage(rig.context)
  expect(rig.events.filter(({ kind }) => kind === 'usage-old-key')).toEqual([])
  rig.pass(2 * HOUR)
  const [old] = rig.space.keys
  if (old) old.lastUsed = rig.now() - HOUR
  await watchUsage(rig.context)
  expect(rig.events.filter(({ kind }) => kind === 'usage-old-key')).toHaveLength(1)
  rig.pass(2 * HOUR)
  await rig.run()
  expect((await rig.rotation()).hold?.reason).toBe('old-key-in-use')
})

test('our own probes are no use: right after the cut-over, and while the end of the overlap is waited for', async () => {
  const policy = { overlapMs: 3 * HOUR, quietForMs: 1, giveUpMs: 1e9 }
  const rig = makeRig({ policy, waitMs: 1_000, issuer: { tellsLastUsed: true } })
  Object.assign(rig.key, { usage: { ...rules, idle: true } })
  await rig.rotate()
  await watchUsage(rig.context)
  rig.pass(4 * HOUR)
  await watchUsage(rig.context)
  await rig.run()
  expect((await rig.record()).last?.end).toBe('completed')
  rig.pass(HOUR)
  await watchUsage(rig.context)
  expect(rig.events.filter(({ kind }) => kind.startsWith('usage-'))).toEqual([])
})

test('an issuer that tells nothing is a mistake of the config, which check says', async () => {
  const rig = makeRig()
  Object.assign(rig.key, { usage: rules })
  const [finding] = await checkMeters(rig.context, [rig.key])
  expect(finding).toMatchObject({ level: 'problem', text: expect.stringContaining('tells nothing') })
})
