import { expect, test } from 'vitest'
import type { UsageDocument, UsageRules } from '../../src/contracts/usage.ts'
import { resume } from '../../src/service/resume.ts'
import { newUsage } from '../../src/usage/take.ts'
import { assertSafe } from './actors.ts'
import { makeRig, type Rig } from './harness.ts'

const DAY_MS = 86_400_000
const rules: UsageRules = { from: ['gateway'], ratio: 3, idle: false, policy: 'tell', policies: {} }

/** A rotation in its overlap, of a key that is watched. */
async function inOverlap(): Promise<Rig> {
  const rig = makeRig({
    policy: { overlapMs: 7_200_000, quietForMs: 1, giveUpMs: 90 * DAY_MS },
    waitMs: 1_000,
  })
  Object.assign(rig.key, { usage: rules })
  await rig.rotate()
  expect((await rig.rotation()).step).toBe('revoke')
  return rig
}

/** What the watch over use has on record of the old key. */
async function note(rig: Rig, change: (document: UsageDocument, old: string) => void): Promise<void> {
  const { documents } = rig.context.journal
  const id = { kind: 'usage', name: rig.key.name }
  const before = await documents.read(id)
  const document: UsageDocument = before ? JSON.parse(before.text) : newUsage(rig.key.name)
  change(document, (await rig.rotation()).old?.fingerprint ?? '')
  await documents.write(id, { text: JSON.stringify(document), revision: before?.revision ?? 0 })
}

async function usedAfterCutOver(rig: Rig): Promise<void> {
  rig.pass(3_600_000)
  const now = rig.now()
  await note(rig, (document, old) => {
    document.uses[old] = { recent: [[now - 1_800_000, now, 12]], by: ['consumer batch'] }
    document.readTo.gateway = now
  })
  rig.pass(3_600_001)
}

test('a consumer that was missed holds the revocation, by name, until a person lets it go', async () => {
  const rig = await inOverlap()
  await usedAfterCutOver(rig)
  await rig.run()
  const { hold, standing } = await rig.rotation()
  expect({ standing, reason: hold?.reason, needs: hold?.needs }).toEqual({
    ...{ standing: 'blocked', reason: 'old-key-in-use', needs: 'end-in-use' },
  })
  expect(hold?.detail).toContain('12 times, last by consumer batch')
  const alarms = rig.events.filter(({ kind, level }) => kind === 'old-key-in-use' && level === 'alarm')
  expect(alarms).toHaveLength(1)
  expect(rig.space.calls.revoke ?? 0).toBe(0)
  await resume(rig.context, rig.key.name, ['end-in-use'])
  expect((await rig.record()).last?.end).toBe('completed')
  assertSafe(rig)
})

test('without a use for a day, as far as the meters were read, it goes on by itself', async () => {
  const rig = await inOverlap()
  await usedAfterCutOver(rig)
  await rig.run()
  rig.pass(2 * DAY_MS)
  await rig.run()
  // Nobody read the meters meanwhile: that is not a day without a use.
  expect((await rig.rotation()).hold?.reason).toBe('old-key-in-use')
  const now = rig.now()
  await note(rig, (document) => {
    document.readTo.gateway = now
  })
  await rig.run()
  expect((await rig.record()).last?.end).toBe('completed')
  assertSafe(rig)
})

test('numbers that were typed in long ago, and a meter that is no longer named, hold nothing for ever', async () => {
  const rig = await inOverlap()
  await usedAfterCutOver(rig)
  await note(rig, (document) => {
    Object.assign(document.readTo, { typed: 1, former: 1 })
  })
  await rig.run()
  expect((await rig.rotation()).hold?.reason).toBe('old-key-in-use')
  rig.pass(2 * DAY_MS)
  const now = rig.now()
  await note(rig, (document) => {
    document.readTo.gateway = now
  })
  await rig.run()
  expect((await rig.record()).last?.end).toBe('completed')
})

test('a key whose use is no longer watched is not held by what was seen before', async () => {
  const rig = await inOverlap()
  await usedAfterCutOver(rig)
  Reflect.deleteProperty(rig.key, 'usage')
  await rig.run()
  expect((await rig.record()).last?.end).toBe('completed')
})

test('a key that is reported leaked meanwhile is held no longer', async () => {
  const rig = await inOverlap()
  await usedAfterCutOver(rig)
  await rig.run()
  await rig.run({
    change: (record) => {
      if (record.rotation) record.rotation.compromised = { leaked: 'old' }
      return []
    },
  })
  rig.pass(60_000)
  await rig.run()
  expect((await rig.record()).last?.end).toBe('completed')
})
