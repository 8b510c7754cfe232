/*
 * A story of one key in which every finding happens: three weeks as usual, a rotation, a consumer that was missed, a
 * spike, too much, a new consumer with a new model, and silence. A meter of any kind can tell it.
 */
import { expect } from 'vitest'
import type { Meter } from '../../../src/contracts/meter.ts'
import { type FindingKind, SLOT_MS } from '../../../src/contracts/usage.ts'
import { machine } from '../../../src/machine.ts'
import type { Context } from '../../../src/service/context.ts'
import { status } from '../../../src/service/status.ts'
import { readFindings } from '../../../src/service/usage/documents.ts'
import { watchUsage } from '../../../src/service/usage/watch-usage.ts'
import { makeRig, type Rig } from '../../engine/harness.ts'

const HOUR = 3_600_000
const WEEKS = 3

/** What was used in the half hour that ends then. */
export interface Use {
  at: number
  id: string
  app: string
  path: string
  amount: number
}

export interface Story {
  rig: Rig
  uses: Use[]
  from: number
  to: number
}

/** A key that was rotated just now, and is in its overlap of twelve hours. */
export async function tellStory(): Promise<Story> {
  const rig = makeRig({ policy: { overlapMs: 12 * HOUR, quietForMs: 1, giveUpMs: 1e9 }, waitMs: 1_000 })
  // To the next half hour: the meters count in half hours.
  rig.pass(SLOT_MS - (rig.now() % SLOT_MS))
  await rig.rotate()
  const rotation = await rig.rotation()
  expect(rotation.step).toBe('revoke')
  const ids = { old: rotation.old?.ref?.id ?? '', new: rotation.attempts.at(-1)?.ref?.id ?? '' }
  expect(ids.old.length * ids.new.length).toBeGreaterThan(0)
  const start = rig.now() - (rig.now() % SLOT_MS) + SLOT_MS
  const from = start - WEEKS * 7 * 24 * HOUR
  const to = start + 24 * HOUR
  const uses: Use[] = []
  for (let at = from + SLOT_MS; at <= to; at += SLOT_MS) uses.push(...usesAt(at, (at - start) / HOUR, ids))
  return { rig, uses, from, to }
}

function usesAt(at: number, hour: number, ids: { old: string; new: string }): Use[] {
  const use = (amount: number, more: Partial<Use> = {}): Use => ({
    ...{ at, id: hour <= -0.5 ? ids.old : ids.new, app: 'web', path: '/v1/chat', amount },
    ...more,
  })
  if (hour > 18) return [use(0)]
  if (hour > 15 && hour <= 16) return [use(50), use(20, { app: 'laptop', path: '/v1/images' })]
  if (hour > 10 && hour <= 11) return [use(1_500)]
  if (hour > 6 && hour <= 7) return [use(300)]
  if (hour > 2 && hour <= 3) return [use(50), use(4, { id: ids.old, app: 'cron' })]
  return [use(50)]
}

/** Reads the meter each hour of the story. @returns when each kind was first told, in hours after the rotation. */
export async function followStory({ rig, from, to }: Story, meter: Meter): Promise<Map<string, number>> {
  const rules = { from: ['gateway'], ratio: 3, idle: false, policy: 'ask', policies: {} } as const
  Object.assign(rig.key, { usage: { ...rules, mostPerHour: 2_000, silentForMs: 3 * HOUR } })
  const start = from + WEEKS * 7 * 24 * HOUR
  rig.pass(start - rig.now())
  const context: Context = {
    ...rig.context,
    // Time of the story, and the patience of this machine: the meter may be a real server.
    clock: { ...machine.clock, wallMs: () => rig.now() },
    providers: { ...rig.context.providers, meter: async () => meter },
  }
  const told = new Map<string, number>()
  await watchUsage(context)
  for (let hour = 1; start + hour * HOUR <= to; hour += 1) {
    rig.pass(HOUR)
    await watchUsage(context)
    for (const { kind, isOver } of rig.events)
      if (kind.startsWith('usage-') && !isOver && !told.has(kind)) told.set(kind, hour)
    if (hour === 13) await expectHeld(rig)
  }
  Object.assign(rig.key, { usage: { ...rules, idle: true } })
  rig.pass(HOUR)
  await watchUsage(context)
  const { findings } = (await readFindings(context, rig.key.name)) ?? { findings: [] }
  const kinds = new Set(findings.map(({ kind }) => kind))
  const sources = findings.flatMap(({ kind, about }) => (kind === 'new-source' ? [about] : []))
  expect(sources).toEqual(['consumer:cron', 'consumer:laptop'])
  expect([...kinds].sort()).toEqual(EVERY_KIND)
  const [row] = await status(context, [])
  expect(row?.attention).toBe(true)
  return told
}

const EVERY_KIND: readonly FindingKind[] = [
  ...(['idle', 'limit', 'new-path', 'new-source', 'old-key', 'silence', 'spike'] as const),
]

/** The overlap is over, and the key that cron still uses lives. */
async function expectHeld(rig: Rig): Promise<void> {
  await rig.run()
  const { hold } = await rig.rotation()
  expect(hold?.reason).toBe('old-key-in-use')
  expect(hold?.detail).toContain('consumer cron')
  expect(rig.space.calls.revoke ?? 0).toBe(0)
}

/** Told within an hour of what happened; a silence once it has lasted. */
export function expectInTime(told: ReadonlyMap<string, number>): void {
  const expected = { 'old-key': 3, spike: 7, limit: 11, 'new-source': 3, 'new-path': 16, silence: 21 }
  for (const [kind, hour] of Object.entries(expected)) {
    expect(told.get(`usage-${kind}`), kind).toBeGreaterThanOrEqual(hour)
    expect(told.get(`usage-${kind}`), kind).toBeLessThanOrEqual(hour + 1)
  }
}
