/** The door of the engine: claims one key, does what is wanted of it, and lets it go. */
import { ServiceError } from '../contracts/errors.ts'
import type { AuditEntry } from '../contracts/journal.ts'
import type { KeyRecord, Pin } from '../contracts/record.ts'
import { quoteWord } from '../contracts/shell-word.ts'
import { spreadSince } from '../schedule/jitter.ts'
import { closeCare } from '../workflow/between/after-care.ts'
import { describeNoKey } from '../workflow/between/first-key.ts'
import { type StartRequest, sayStart, startRotation } from '../workflow/between/start.ts'
import { sayStopped } from '../workflow/stopped.ts'
import { nextCareAt } from '../workflow/words/pace.ts'
import { type ClaimAtHand, holdClaim, takeAtHand } from './at-hand.ts'
import { believeTimes } from './believe-times.ts'
import { adoptKey, careFor, judgeAgain, lookAt } from './between.ts'
import { claimKey } from './claimed-key.ts'
import type { EngineContext } from './context.ts'
import { type DriveEnd, drive } from './drive.ts'
import { refuseForeign } from './installation.ts'
import { sleepAside } from './slots.ts'
import type { Values } from './values.ts'

/** Lease of a key that the config no longer has. */
const DEFAULT_LEASE_MS = 60_000

/** What is wanted of one key while it is claimed. */
export interface Purpose {
  /** Changes the record before anything else; returns what to write into the trail. */
  change?(record: KeyRecord, now: number, values: Values): readonly AuditEntry[]
  /** The rotation to start when none runs; null: none. */
  start?(record: KeyRecord, now: number): Omit<StartRequest, 'pin'> | null
  /** Watches a foreign claim for its lease and takes over; otherwise a claimed key is left alone. */
  takeOver: boolean
}

export interface Attended {
  key: string
  /** `idle`: nothing was due; `claimed`: another process drives it. */
  end: DriveEnd | 'idle' | 'claimed'
  record: KeyRecord | null
  notes: readonly string[]
}

/** Claims one key and does what is wanted: looks, adopts, cares, starts a rotation, drives the one that runs. */
export async function attend(context: EngineContext, name: string, purpose: Purpose): Promise<Attended> {
  context.watch?.attending?.(name)
  try {
    return await claimAndWork(context, name, purpose)
  } finally {
    context.watch?.attended?.(name)
  }
}

async function claimAndWork(context: EngineContext, name: string, purpose: Purpose): Promise<Attended> {
  const { journal, clock, holder, stop } = context
  const leaseMs = context.keys.get(name)?.leaseMs ?? DEFAULT_LEASE_MS
  const patienceMs = purpose.takeOver ? Math.min(context.waitMs, leaseMs * 1.5 + 500) : 0
  const atHand = takeAtHand(context, name)
  // Loads the clients of what the key needs, so that nothing of the lease is spent on that.
  await atHand.world.pin()
  const claimed = await claimKey(journal, name, { holder, leaseMs, patienceMs, signal: stop, clock })
  if (!claimed) return { key: name, end: 'claimed', record: (await journal.load(name)).record, notes: [] }
  const hand = holdClaim(context, atHand, claimed)
  try {
    return await work(context, hand, purpose)
  } finally {
    hand.slot?.giveBack()
    atHand.values.forget()
    await claimed.release()
  }
}

async function work(context: EngineContext, hand: ClaimAtHand, purpose: Purpose): Promise<Attended> {
  const { claimed, world, values } = hand
  const name = world.key
  const record = await claimed.recordOr(context.installation)
  refuseForeign(record, context.installation)
  const pin = await world.pin()
  if (pin) record.byPerson = pin.issuer.lifecycle === 'operator'
  const judged = believeTimes(hand, record, pin)
  closeCare(record, pin)
  const audit = [...judged, ...(purpose.change?.(record, hand.now(), values) ?? [])]
  if (audit.length > 0) {
    await claimed.commit({ record: structuredClone(record), audit })
    context.watch?.committed?.(audit)
  }
  if (record.rotation) await lookAtHolders(hand, record)
  const notes = record.rotation ? [] : await lookAfter(context, hand, record)
  const wanted = record.rotation ? null : (purpose.start?.(record, hand.now()) ?? null)
  if (!record.rotation && !wanted) {
    if (pin) record.wakeAt = nextCareAt(record, pin, hand.now())
    await claimed.commit({ record: structuredClone(record), audit: [], release: true })
    return { key: name, end: 'idle', record, notes }
  }
  await hand.slot?.take()
  if (wanted) {
    const waits = await begin(context, hand, record, wanted)
    if (waits) return { key: name, end: 'waiting', record, notes: [...notes, waits] }
  }
  const { end, record: after } = await drive(hand, record, wanted ? sayStart(record, hand.now()) : [])
  const isStopped = end === 'stopped' || (hand.stop.aborted && after.last?.end === 'rolled-back')
  return { key: name, end, record: after, notes: isStopped ? [...notes, sayStopped(after)] : notes }
}

/** While a rotation runs its targets are its own business; who else has to do with the key is looked at all the same. */
async function lookAtHolders(hand: ClaimAtHand, record: KeyRecord): Promise<void> {
  const pin = await hand.world.pin()
  if (pin) await judgeAgain(hand, { record, pin }, { targets: {} })
}

/** A key without a running rotation: adopted when it is new here, otherwise looked at and corrected. */
async function lookAfter(context: EngineContext, hand: ClaimAtHand, record: KeyRecord): Promise<string[]> {
  const pin = await hand.world.pin()
  if (!pin) return []
  const subject = { record, pin }
  if (!record.current) {
    const adopted = await adoptKey(hand, subject, (now) => spreadSince(record.key, pin.policy.everyMs, now))
    return adopted ? ['adopted the key that is there already; nothing is rotated for that'] : []
  }
  if (!context.keys.get(record.key)?.observe) return careFor(hand, subject)
  await lookAt(hand, subject)
  return []
}

/**
 * Starts a rotation, unless calls of the last one may still take effect. A key that is only observed is never rotated.
 */
async function begin(
  context: EngineContext,
  hand: ClaimAtHand,
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
  const now = hand.now()
  const pin = await pinFor(hand, record.key)
  refuseRenamed(record)
  if (wanted.reason !== 'first' && !context.keys.get(record.key)?.first) refuseFirst(record, pin)
  const settleMs = pin.issuer.traits.settleMs
  if (settleMs > context.waitMs) {
    throw new ServiceError(
      'settle-too-long',
      `${record.key}: the settle time of ${pin.issuer.name} (${settleMs} ms) is longer than this process waits (${context.waitMs} ms), and the new key would be lost`,
      'Give --wait a longer time.',
    )
  }
  if (!(await waitOutQuietTime(hand, record))) {
    keepRequest(record, wanted, now)
    record.wakeAt = record.quietUntil
    await hand.claimed.commit({ record: structuredClone(record), audit: [], release: true })
    const until = new Date(record.quietUntil).toISOString()
    return `nothing was started: calls of the last rotation may still take effect until ${until}; the next run goes on, or: keyrota rotate ${record.key}`
  }
  startRotation(record, { ...wanted, pin }, hand.now())
  record.request = null
  return null
}

/** @throws ServiceError `refused` while the key may have a record under its former name. */
function refuseRenamed({ key, current, violations }: KeyRecord): void {
  const renamed = violations.find(({ kind }) => kind === 'renamed')
  if (current || !renamed) return
  throw new ServiceError('refused', `${key}: ${renamed.detail}`, `Run: ${renamed.command}`)
}

/**
 * No target holds a key: a name in the config may be wrong, so a first key needs a person's word.
 * @throws ServiceError `refused`, with what was found instead.
 */
function refuseFirst(record: KeyRecord, pin: Pin): void {
  const found = record.current ? null : describeNoKey(record, pin)
  if (found === null) return
  const command = `keyrota rotate ${quoteWord(record.key)} --first`
  throw new ServiceError(
    'refused',
    `${record.key} has no key to rotate: ${found}`,
    `Correct the target in the config, or have the first key created: ${command}`,
  )
}

/** Waits until no call of the last rotation can still take effect, if this process waits that long. @returns whether none can. */
async function waitOutQuietTime(hand: ClaimAtHand, record: KeyRecord): Promise<boolean> {
  for (;;) {
    const restMs = record.quietUntil - hand.now()
    if (restMs <= 0) return true
    if (record.quietUntil > hand.holdUntil || hand.stop.aborted) return false
    await sleepAside(hand, restMs, hand.stop)
  }
}

/** What could not start yet is not forgotten: the next run takes it up. */
function keepRequest(record: KeyRecord, wanted: Omit<StartRequest, 'pin'>, now: number): void {
  if (wanted.reason !== 'asked' && wanted.reason !== 'compromised') return
  const { leaked, killBy } = wanted.compromised ?? {}
  const why = wanted.compromised?.why ?? wanted.why
  const { campaign } = wanted
  record.request = {
    reason: wanted.reason,
    at: record.request?.at ?? now,
    ...(leaked ? { leaked } : {}),
    ...(killBy === undefined ? {} : { killBy }),
    ...(why ? { why } : {}),
    ...(campaign ? { campaign } : {}),
  }
}

async function pinFor(hand: ClaimAtHand, key: string) {
  const pin = await hand.world.pin()
  if (!pin) throw new ServiceError('unknown-key', `the config has no key ${key}`, 'Add it to the config.')
  return pin
}
