import type { AuditEntry } from '../contracts/journal.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { type Drive, type DriveEnd, drive } from '../engine/engine.ts'
import { adoptKey, careFor, lookAtPlaces } from '../engine/look.ts'
import { openSession, type Session } from '../engine/session.ts'
import { Values } from '../engine/values.ts'
import type { World } from '../engine/world.ts'
import { spreadSince } from '../schedule/jitter.ts'
import { closeCare } from '../workflow/between/after-care.ts'
import { type StartRequest, startRotation } from '../workflow/between/start.ts'
import { type Context, ServiceError } from './context.ts'
import { worldOf } from './world.ts'

/** What somebody wants of one key while it is claimed. */
export interface Purpose {
  /** Changes the record before anything else; answers what to write into the trail. */
  change?(record: KeyRecord, now: number, values: Values): readonly AuditEntry[]
  /** The rotation to start when none runs; null: none. */
  start?(record: KeyRecord, now: number): Omit<StartRequest, 'pin'> | null
  /** Watches a foreign claim for its lease and takes over; otherwise a claimed key is left alone. */
  takeOver: boolean
}

export interface Attended {
  key: string
  /** `idle`: nothing was due; `claimed`: somebody else drives it. */
  end: DriveEnd | 'idle' | 'claimed'
  record: KeyRecord | null
  notes: readonly string[]
}

/** Claims one key and does what is wanted: looks, adopts, cares, starts a rotation, drives the one that runs. */
export async function attend(context: Context, name: string, purpose: Purpose): Promise<Attended> {
  const { journal, stop } = context
  const leaseMs = context.keys.get(name)?.leaseMs ?? 60_000
  const patienceMs = purpose.takeOver ? Math.min(context.waitMs, leaseMs * 1.5 + 500) : 0
  const world = worldOf(context, name)
  // Loads the clients of what the key needs, so that nothing of the lease is spent on that.
  await world.pin()
  const session = await openSession(journal, name, {
    holder: context.holder,
    leaseMs,
    patienceMs,
    signal: stop,
  })
  if (!session) return { key: name, end: 'claimed', record: (await journal.load(name)).record, notes: [] }
  const values = new Values()
  try {
    return await work(context, session, { world, purpose, values })
  } finally {
    values.forget()
    await session.release()
  }
}

interface Work {
  world: World
  purpose: Purpose
  values: Values
}

async function work(context: Context, session: Session, { world, purpose, values }: Work): Promise<Attended> {
  const name = world.key
  const record = session.recordOr(name, context.installation)
  const pin = await world.pin()
  if (pin) record.byPerson = pin.issuer.lifecycle === 'operator'
  closeCare(record, pin)
  const audit = purpose.change?.(record, session.now(), values) ?? []
  if (audit.length > 0) await session.commit({ record: structuredClone(record), audit })
  const driving: Drive = {
    journal: context.journal,
    session,
    world,
    values,
    runUntil: session.now() + context.waitMs,
    stop: context.stop,
    random: () => context.random(32),
    ...(context.watch ? { watch: context.watch } : {}),
  }
  const notes = record.rotation ? [] : await lookAfter(context, driving, record)
  const wanted = record.rotation ? null : (purpose.start?.(record, session.now()) ?? null)
  if (!record.rotation && !wanted) {
    await session.commit({ record: structuredClone(record), audit: [], release: true })
    return { key: name, end: 'idle', record, notes }
  }
  if (wanted) {
    const waits = await begin(context, driving, record, wanted)
    if (waits) return { key: name, end: 'waiting', record, notes: [...notes, waits] }
  }
  const { end, record: after } = await drive(driving, record)
  return { key: name, end, record: after, notes }
}

/** A key that nobody rotates now: adopted when it is new here, looked at (and put right) otherwise. */
async function lookAfter(context: Context, driving: Drive, record: KeyRecord): Promise<string[]> {
  const pin = await driving.world.pin()
  if (!pin) return []
  const looking = { ...driving, pin }
  if (!record.current) {
    const adopted = await adoptKey(looking, record, (now) => spreadSince(record.key, pin.policy.everyMs, now))
    return adopted ? ['adopted the key that is there already; nothing is rotated for that'] : []
  }
  if (!context.keys.get(record.key)?.observe) return careFor(looking, record)
  await lookAtPlaces(looking, record)
  return []
}

/**
 * Starts a rotation, unless calls of the last one may still land. Whoever asks, a key that is only observed is left
 * alone.
 */
async function begin(
  context: Context,
  driving: Drive,
  record: KeyRecord,
  wanted: Omit<StartRequest, 'pin'>,
): Promise<string | null> {
  if (context.keys.get(record.key)?.observe) {
    throw new ServiceError(
      'refused',
      `${record.key} is only observed`,
      'Take `observe: true` out of its config first.',
    )
  }
  const now = driving.session.now()
  const pin = await pinFor(driving.world, record.key)
  const settleMs = pin.issuer.traits.settleMs
  if (settleMs > context.waitMs) {
    throw new ServiceError(
      'settle-too-long',
      `${record.key}: the settle time of ${pin.issuer.name} (${settleMs} ms) is longer than this process waits (${context.waitMs} ms), and the new key would be lost`,
      'Give --wait a longer time.',
    )
  }
  if (now < record.quietUntil) {
    record.wakeAt = record.quietUntil
    await driving.session.commit({ record: structuredClone(record), audit: [], release: true })
    return 'calls of the last rotation may still land'
  }
  startRotation(record, { ...wanted, pin }, now)
  record.request = null
  return null
}

async function pinFor(world: World, key: string) {
  const pin = await world.pin()
  if (!pin) throw new ServiceError('unknown-key', `the config has no key ${key}`, 'Add it to the config.')
  return pin
}
