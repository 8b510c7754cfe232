/** The verbs `rename` and `forget`: what becomes of the record of a key that the config no longer has. */
import type { KeyRecord } from '../contracts/record.ts'
import { quoteWord } from '../contracts/shell-word.ts'
import { type ClaimedKey, claimKey } from '../engine/claimed-key.ts'
import { refuseForeign } from '../engine/installation.ts'
import { type Context, keyOf, ServiceError } from './context.ts'
import { dropUsage, moveUsage } from './usage/move-documents.ts'

/** Leases of records that no config says anything about. */
const LEASE_MS = 60_000

export interface Renamed {
  from: string
  to: string
  /** What the record carries on, for people. */
  carries: string[]
}

/**
 * Carries the record of a key on under its new name, with its trail, its running rotation and its debts.
 * @throws ServiceError `refused` if the config still has the old name, or the new name has a history of its own.
 */
export async function rename(context: Context, from: string, to: string): Promise<Renamed> {
  keyOf(context, to)
  refuseConfigured(context, from, 'Only a key that was renamed in the config can be renamed in the journal.')
  return withClaims(context, [from, to], async ([source, target]) => {
    const record = recordIn(context, source, from)
    const there = target?.record ?? null
    if (there) refuseForeign(there, context.installation)
    if (there && hasHistory(there)) {
      throw new ServiceError(
        'refused',
        `${to} has a record of its own, with a history, so that of ${from} cannot become its`,
        `See: keyrota explain ${quoteWord(to)}, and keyrota forget ${quoteWord(from)}`,
      )
    }
    const { now, text } = { now: source?.now() ?? 0, text: `${from} was renamed to ${to} by a person` }
    const moved = renamed(record, from, to)
    const audit = [{ at: now, key: to, kind: 'renamed', text }]
    if (source && target) await source.moveTo(target, { record: moved, audit })
    await moveUsage(context, from, to)
    return { from, to, carries: describeLeft(record) }
  })
}

/** The record under the new name, and the commands in it as they are typed now. */
function renamed(record: KeyRecord, from: string, to: string): KeyRecord {
  const moved = { ...structuredClone(record), key: to }
  const words = (text: string) =>
    text
      .split(' ')
      .map((word) => (word === quoteWord(from) ? quoteWord(to) : word))
      .join(' ')
  const hold = moved.rotation?.hold
  if (hold?.command) hold.command = words(hold.command)
  for (const violation of moved.violations) {
    violation.detail = words(violation.detail)
    if (violation.command) violation.command = words(violation.command)
  }
  return moved
}

/** A record that was only adopted says nothing that the old one does not. */
function hasHistory({ rotation, past, debts, last, lastMark }: KeyRecord): boolean {
  return rotation !== null || past.length + debts.length + lastMark > 0 || last !== null
}

export interface Forgotten {
  key: string
  /** What is left at the issuer and elsewhere, for people. */
  remains: string[]
}

/**
 * Takes the record of a key that the config no longer has out of the journal; its trail stays.
 * @throws ServiceError `refused` while a rotation runs or a key is owed, unless a person says `anyway`.
 */
export async function forget(
  context: Context,
  key: string,
  options: { anyway: boolean },
): Promise<Forgotten> {
  refuseConfigured(context, key, 'Take it out of the config first: the next run would adopt its key again.')
  return withClaims(context, [key], async ([claimed]) => {
    const record = recordIn(context, claimed, key)
    const remains = describeLeft(record)
    if ((isUnderWay(record) || record.debts.length > 0) && !options.anyway) {
      throw new ServiceError(
        'refused',
        `${key} is not done with: ${remains.join('; ')}`,
        `End that first (keyrota status ${quoteWord(key)}), or forget it all the same: keyrota forget ${quoteWord(key)} --yes`,
      )
    }
    const at = claimed?.now() ?? 0
    const text = `forgotten by a person; what remains: ${remains.join('; ') || 'nothing'}`
    await claimed?.forget([{ at, key, kind: 'forgotten', text }])
    await dropUsage(context, key)
    return { key, remains }
  })
}

/** A rotation that has created nothing ends with the record. */
function isUnderWay({ rotation }: KeyRecord): boolean {
  return rotation !== null && (rotation.step !== 'preflight' || rotation.attempts.length > 0)
}

function refuseConfigured({ keys }: Context, name: string, nextStep: string): void {
  if (keys.has(name)) throw new ServiceError('refused', `the config has ${name}`, nextStep)
}

/** @throws ServiceError `unknown-key` without a record, `refused` for one of another installation. */
function recordIn(context: Context, claimed: ClaimedKey | undefined, name: string): KeyRecord {
  const record = claimed?.record
  if (!record)
    throw new ServiceError('unknown-key', `the journal has no record of ${name}`, 'See: keyrota status')
  refuseForeign(record, context.installation)
  return record
}

/** Claims the names in one order, so that two who do this at once never wait for each other. */
async function withClaims<T>(
  context: Context,
  names: readonly string[],
  work: (claims: (ClaimedKey | undefined)[]) => Promise<T>,
): Promise<T> {
  const { journal, clock, holder, stop: signal, waitMs } = context
  const claims = new Map<string, ClaimedKey>()
  try {
    for (const name of [...names].sort()) {
      const patienceMs = Math.min(waitMs, LEASE_MS * 1.5)
      const claimed = await claimKey(journal, name, { holder, leaseMs: LEASE_MS, patienceMs, signal, clock })
      if (!claimed)
        throw new ServiceError('refused', `another process works on ${name}`, 'Try again when it is done.')
      claims.set(name, claimed)
    }
    return await work(names.map((name) => claims.get(name)))
  } finally {
    for (const claimed of claims.values()) await claimed.release()
  }
}

/** What the record knows of that does not end with it. */
export function describeLeft({ current, rotation, debts, past }: KeyRecord): string[] {
  const named = (one: { ref?: { id: string; name?: string }; name?: string; fingerprint?: string }) =>
    [one.ref?.name ?? one.name, one.ref ? `id ${one.ref.id}` : null, one.fingerprint]
      .filter(Boolean)
      .join(', ')
  const made = (rotation?.attempts ?? []).filter(({ state }) => state === 'issued' || state === 'orphan')
  return [
    ...(current ? [`its current key lives at the issuer (${named(current)})`] : []),
    ...(rotation ? [`its rotation ${rotation.id} is at ${rotation.step}`] : []),
    ...made.map((one) => `a key that this rotation created lives at the issuer (${named(one)})`),
    ...debts.map((one) => `a key is to be deleted at the issuer (${named(one)}): ${one.why}`),
    ...past
      .filter(({ state }) => state === 'handed-over' || state === 'not-revoked')
      .map((one) => `an earlier key was not revoked (${named(one)})`),
  ]
}
