import { describe, expect, test } from 'vitest'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { status } from '../../../src/service/status.ts'
import { acceptFindings } from '../../../src/service/usage/accept-findings.ts'
import { readUsage } from '../../../src/service/usage/documents.ts'
import { showMeters, showUsage } from '../../../src/service/usage/show-usage.ts'
import { DAY, HOUR, makeUsageRig, type UsageRig } from './rig.ts'

const about = (rig: UsageRig, kind: string) => rig.events.filter((event) => event.kind === kind)

describe('reading', () => {
  test('a key that nobody watches asks nothing and comes back for nothing', async () => {
    const rig = makeUsageRig()
    Reflect.deleteProperty(rig.key, 'usage')
    expect(await rig.watch()).toBeNull()
    expect(rig.meter.requests).toEqual([])
    expect(await rig.context.journal.documents.list('meter', { limit: 10 })).toEqual([])
  })

  test('the first reading takes the history, each later one what is new, when it is due', async () => {
    const rig = makeUsageRig()
    const next = await rig.watch()
    expect(next).toBe(rig.now() + HOUR)
    expect(rig.meter.requests[0]?.to).toBeGreaterThan((rig.meter.requests[0]?.from ?? 0) + 20 * DAY)
    await rig.watch()
    expect(rig.meter.requests).toHaveLength(1)
    rig.pass(HOUR)
    await rig.watch()
    const [, second] = rig.meter.requests
    expect((second?.to ?? 0) - (second?.from ?? 0)).toBe(HOUR)
    const [shown] = await showUsage(rig.context, [])
    expect(shown?.series[0]).toMatchObject({
      series: 'gateway/requests',
      day: 2_400,
      hour: { amount: 100, usual: 100 },
    })
  })

  test('of two processes one reads; when it was killed while it read, the other does', async () => {
    const rig = makeUsageRig()
    const other = rig.other()
    await Promise.all([rig.watch(), rig.watch(other)])
    expect(rig.meter.requests).toHaveLength(1)
    const id = { kind: 'meter', name: 'gateway' }
    const state = await rig.context.journal.documents.read(id)
    const killed = { ...JSON.parse(state?.text ?? ''), nextAt: 0, busyUntil: rig.now() + 60_000, by: 'gone' }
    await rig.context.journal.documents.write(id, {
      text: JSON.stringify(killed),
      revision: state?.revision ?? 0,
    })
    expect(await rig.watch(other)).toBe(rig.now() + 60_000)
    rig.pass(60_001)
    await rig.watch(other)
    expect(rig.meter.requests).toHaveLength(2)
  })

  test('a meter that is down is tried again, told of once and shown; what it missed is read later, and is no silence', async () => {
    const rig = makeUsageRig({ silentForMs: 2 * HOUR })
    await rig.watch()
    rig.meter.isDown = true
    await rig.watchFor(12 * HOUR)
    const down = about(rig, 'usage-meter-gateway')
    expect(down.map(({ level, isOver }) => [level, isOver])).toEqual([['warning', undefined]])
    expect((await showMeters(rig.context))[0]).toMatchObject({
      failures: expect.any(Number),
      failure: { code: 'unavailable' },
    })
    expect(await rig.findings()).toEqual([])
    rig.meter.isDown = false
    await rig.watchFor(2 * HOUR)
    expect(about(rig, 'usage-meter-gateway').at(-1)?.isOver).toBe(true)
    expect((await showUsage(rig.context, []))[0]?.series[0]?.day).toBe(2_400)
    expect(await rig.findings()).toEqual([])
  })
})

describe('findings', () => {
  test('a spike: told once with its numbers, shown in status, over when it is over', async () => {
    const rig = makeUsageRig({ policy: 'ask' })
    await rig.watch()
    await rig.watchFor(2 * HOUR)
    const from = rig.now()
    rig.meter.tell = (at) => ({ amount: at > from && at <= from + 2 * HOUR ? 300 : 50 })
    await rig.watchFor(HOUR)
    const [event, ...more] = about(rig, 'usage-spike')
    expect(more).toEqual([])
    expect(event).toMatchObject({
      level: 'alarm',
      key: rig.key.name,
      evidence: [expect.stringContaining('amount 600, usual 100')],
    })
    expect(event?.command).toContain(`keyrota rotate ${rig.key.name} --compromised`)
    const [row] = await status(rig.context, [])
    expect(row).toMatchObject({ attention: true, usage: [{ kind: 'spike' }] })
    await rig.watchFor(8 * HOUR)
    expect(about(rig, 'usage-spike').map(({ isOver }) => isOver)).toEqual([undefined, true])
    expect((await status(rig.context, []))[0]).toMatchObject({ usage: [], attention: false })
  })

  test('what a person accepts needs nobody any more, and is not told again while it lasts', async () => {
    const rig = makeUsageRig({ policy: 'ask' })
    await rig.watch()
    rig.meter.tell = () => ({ amount: 300 })
    await rig.watchFor(2 * HOUR)
    expect(await acceptFindings(rig.context, rig.key.name)).toHaveLength(1)
    expect((await status(rig.context, []))[0]?.attention).toBe(false)
    await rig.watchFor(5 * HOUR)
    expect(about(rig, 'usage-spike')).toHaveLength(1)
    await expect(acceptFindings(rig.context, rig.key.name)).rejects.toThrow('nothing is open')
  })

  test('killed before it is told: told by the next look. Killed before the numbers are kept: not told twice', async () => {
    const rig = makeUsageRig()
    await rig.watch()
    rig.meter.tell = () => ({ amount: 300 })
    rig.pass(HOUR)
    const told = rig.context.providers.tell
    rig.context.providers.tell = () => {
      throw new Error('killed')
    }
    await rig.watch()
    rig.context.providers.tell = told
    expect(about(rig, 'usage-spike')).toEqual([])
    rig.pass(HOUR)
    await rig.watch()
    expect(about(rig, 'usage-spike')).toHaveLength(1)
    // As if the numbers of the last hour had not been kept.
    const id = { kind: 'usage', name: rig.key.name }
    const stored = await rig.context.journal.documents.read(id)
    const document = await readUsage(rig.context, rig.key.name)
    const older = { ...document, judgedTo: document.judgedTo - 2 * HOUR }
    await rig.context.journal.documents.write(id, {
      text: JSON.stringify(older),
      revision: stored?.revision ?? 0,
    })
    rig.pass(HOUR)
    await rig.watch()
    expect(about(rig, 'usage-spike')).toHaveLength(1)
  })

  test('the value of a key in what a meter says of a source is never kept', async () => {
    const rig = makeUsageRig()
    await rig.rotate()
    const value = rig.space.keys.at(-1)?.material.value ?? new SecretValue('')
    rig.meter.tell = () => ({
      amount: 5,
      by: {
        path: `/v1/x/${value.expose()}?key=${value.expose()}`,
        consumer: value.expose(),
        agent: `app key=${value.expose()}`,
      },
    })
    await rig.watchFor(2 * HOUR)
    const kept = (
      await Promise.all(
        ['usage', 'finding', 'meter'].map((kind) => rig.context.journal.documents.list(kind, { limit: 9 })),
      )
    ).flat()
    expect(kept.length).toBeGreaterThan(1)
    expect(JSON.stringify(kept)).not.toContain(value.expose())
    expect(JSON.stringify(kept)).toContain('[secret]')
    expect(JSON.stringify(rig.events)).not.toContain(value.expose())
  })
})
