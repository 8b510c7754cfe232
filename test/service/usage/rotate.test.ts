import { describe, expect, test } from 'vitest'
import type { UsageRules } from '../../../src/contracts/usage.ts'
import { run } from '../../../src/service/run.ts'
import { DAY, HOUR, makeUsageRig, type UsageRig } from './rig.ts'

async function spiking(change: Partial<UsageRules> = {}): Promise<UsageRig> {
  const rig = makeUsageRig({ policy: 'rotate', ...change })
  await run(rig.context)
  const from = rig.now()
  rig.meter.tell = (at) => ({ amount: at > from + HOUR ? 400 : 50 })
  await rig.watchFor(3 * HOUR)
  return rig
}

describe('policy rotate', () => {
  test('puts the key on record as compromised, and the next run replaces it', async () => {
    const rig = await spiking()
    const before = (await rig.record()).current?.fingerprint
    expect((await rig.record()).request).toMatchObject({
      reason: 'compromised',
      why: expect.stringContaining('spike'),
    })
    expect(rig.events.find(({ kind }) => kind === 'usage-spike')).toMatchObject({
      level: 'alarm',
      message: expect.stringContaining('its rotation as compromised is on record'),
    })
    await run(rig.context)
    const { last, current } = await rig.record()
    expect(last).toMatchObject({ end: 'completed', reason: 'compromised' })
    expect(current?.fingerprint).not.toBe(before)
  })

  test('whoever can make numbers up has a key rotated once a day at most', async () => {
    const rig = await spiking()
    await run(rig.context)
    const first = rig.space.calls.issue
    for (let hour = 0; hour < 20; hour += 1) {
      const from = rig.now()
      rig.meter.tell = (at) => ({ amount: at > from && hour % 4 === 0 ? 9_000 : 50 })
      await rig.watchFor(HOUR)
      await run(rig.context)
    }
    expect(rig.space.calls.issue).toBe(first)
    const refused = rig.events.filter(({ message }) => message.includes('within a day already'))
    expect(refused.length).toBeGreaterThan(0)
  })

  test('and only a small part of all keys in a day', async () => {
    const rig = makeUsageRig({ policy: 'rotate' })
    await run(rig.context)
    const now = rig.now()
    const id = { kind: 'meter', name: 'rotations.day' }
    const text = JSON.stringify({ schema: 1, at: [now, now + HOUR, now + 2 * HOUR] })
    await rig.context.journal.documents.write(id, { text, revision: 0 })
    rig.meter.tell = (at) => ({ amount: at > now + HOUR ? 400 : 50 })
    await rig.watchFor(3 * HOUR)
    expect((await rig.record()).request).toBeNull()
    expect(rig.events.at(-1)).toMatchObject({
      message: expect.stringContaining('as many keys as may be'),
      command: expect.stringContaining('keyrota rotate video --compromised'),
    })
  })

  test('what was noted by a clock that was a year ahead does not count', async () => {
    const rig = makeUsageRig({ policy: 'rotate' })
    await run(rig.context)
    const ahead = rig.now() + 365 * DAY
    const id = { kind: 'meter', name: 'rotations.day' }
    const text = JSON.stringify({ schema: 1, at: [ahead, ahead, ahead] })
    await rig.context.journal.documents.write(id, { text, revision: 0 })
    const from = rig.now()
    rig.meter.tell = (at) => ({ amount: at > from + HOUR ? 400 : 50 })
    await rig.watchFor(3 * HOUR)
    expect((await rig.record()).request).toMatchObject({ reason: 'compromised' })
  })

  test('a silence rotates nothing; a key that is only observed neither', async () => {
    const rig = makeUsageRig({ policy: 'rotate', silentForMs: 2 * HOUR })
    await run(rig.context)
    rig.meter.tell = () => ({ amount: 0 })
    await rig.watchFor(4 * HOUR)
    expect(rig.events.find(({ kind }) => kind === 'usage-silence')?.level).toBe('alarm')
    expect((await rig.record()).request).toBeNull()
    const observed = await spiking()
    Object.assign(observed.key, { observe: true })
    expect(observed.events.some(({ kind }) => kind === 'usage-spike')).toBe(true)
  })

  test('while another process works on the key, it is asked for at the next look', async () => {
    const rig = makeUsageRig({ policy: 'rotate' })
    await run(rig.context)
    const from = rig.now()
    rig.meter.tell = (at) => ({ amount: at > from + HOUR ? 400 : 50 })
    const claim = await rig.context.journal.claim(rig.key.name, { holder: 'busy', leaseMs: DAY })
    await rig.watchFor(2 * HOUR)
    expect((await rig.findings())[0]).toMatchObject({ kind: 'spike', wantsRotation: true })
    if (claim !== 'held') await rig.context.journal.release(claim)
    await rig.watchFor(HOUR)
    expect((await rig.record()).request).toMatchObject({ reason: 'compromised' })
    expect((await rig.findings())[0]?.wantsRotation).toBeUndefined()
  })
})
