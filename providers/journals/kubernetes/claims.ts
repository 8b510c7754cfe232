/** Claims: taken, renewed, let go. */

import type { Ambient } from '../../../src/contracts/clock.ts'
import type { Claim, Receipt } from '../../../src/contracts/journal.ts'
import { checkLease } from '../../shared/journal/errors.ts'
import { CLAIM_ID_LENGTH, type LeaseWatch } from '../../shared/journal/lease-watch.ts'
import { FROM_LABEL } from '../../shared/kubernetes/managed-key.ts'
import { type Changing, change, judgeClaim } from './change.ts'
import { type Committing, free } from './commit.ts'
import { toAbsentError, toTakenError } from './errors.ts'
import { settleArrival } from './move.ts'
import { type ManagedKeyObject, placeOf, stateOf } from './objects.ts'
import { readRecord } from './record.ts'
import type { KeptState } from './status-schema.ts'

/** Machines whose sightings are kept; with more of them, the sightings begin anew. */
const MAX_SIGHTINGS = 20

export interface Claiming extends Committing, Pick<Ambient, 'random'> {
  readonly leases: LeaseWatch
  /** When a sighting of a key was written here last, on the monotonic clock. */
  readonly sightedAt: Map<string, number>
}

export async function claimKey(
  by: Claiming,
  key: string,
  { holder, leaseMs }: { holder: string; leaseMs: number },
): Promise<Claim | 'held'> {
  checkLease(leaseMs)
  const found = await findOrMake(by, key)
  const claimId = by.random(CLAIM_ID_LENGTH)
  let held: KeptState | null = null
  const object = await change(
    by,
    {
      key,
      judge(state, isUnsure) {
        if (isUnsure && state.claimId === claimId) return 'done'
        const isFree = judgeLease(by, key, state).isFree
        held = isFree ? null : state
        // A damaged record is no reason to keep others out until a lease has ended.
        if (isFree) readRecord(key, state)
        return isFree ? 'go' : 'leave'
      },
      make({ status }, { sightings, ...state }) {
        const leaseUntil = by.clock.wallMs() + leaseMs
        const fence = state.fence + 1
        return {
          status: {
            ...status,
            journal: { ...state, claimId, holder, fence, leaseMs, leaseUntil, renewals: 0 },
          },
        }
      },
    },
    found,
  )
  if (object === null) {
    if (held) await noteSighting(by, key, held)
    return 'held'
  }
  by.sightedAt.delete(key)
  const state = stateOf(object, key)
  const claim = toClaim(key, state)
  return state.arrival ? toClaim(key, stateOf(await settleArrival(by, claim), key)) : claim
}

function toClaim(key: string, state: KeptState): Claim {
  const { claimId, fence, revision, leaseMs, leaseUntil } = state
  return {
    key,
    claimId,
    fence,
    record: readRecord(key, state),
    revision,
    now: leaseUntil - leaseMs,
    leaseUntil,
  }
}

export async function renewClaim(by: Changing, claim: Claim): Promise<Receipt> {
  const object = await change(by, {
    key: claim.key,
    judge: (state) => judgeClaim(claim, state, false),
    make: ({ status }, state) => {
      const leaseUntil = by.clock.wallMs() + state.leaseMs
      return { status: { ...status, journal: { ...state, leaseUntil, renewals: state.renewals + 1 } } }
    },
  })
  if (object === null) throw new TypeError('a renewal is never left')
  const { revision, leaseUntil, leaseMs } = stateOf(object, claim.key)
  return { revision, now: leaseUntil - leaseMs, leaseUntil }
}

export async function releaseClaim(by: Changing, claim: Claim): Promise<void> {
  await change(by, {
    key: claim.key,
    judge(state, isUnsure) {
      const isOver = state.claimId !== claim.claimId || state.fence !== claim.fence
      return isUnsure && isOver ? 'done' : judgeClaim(claim, state, false)
    },
    make: ({ status }, state) => ({
      status: { ...status, journal: { ...state, ...free(by.clock.wallMs()) } },
    }),
  })
}

/** The key's object; that of a config key is made when there is none, that of a team never. */
async function findOrMake(by: Claiming, key: string): Promise<ManagedKeyObject> {
  const at = placeOf(key, by.own)
  const isTeams = key.includes('/')
  const object = await by.api.get(at)
  if (object && !isTeams && object.metadata.labels?.[FROM_LABEL] !== 'config') throw toTakenError(key, by.own)
  if (object) return object
  if (isTeams) throw toAbsentError(key)
  return (await by.api.create(at, { [FROM_LABEL]: 'config' })) ?? (await findOrMake(by, key))
}

function judgeLease({ leases }: Claiming, key: string, state: KeptState) {
  const { boot } = leases
  const claimId = state.claimId === '' ? null : state.claimId
  return leases.judge({ ...state, key, claimId }, boot === null ? undefined : state.sightings?.[boot])
}

/**
 * Keeps a look at a foreign lease for the processes after this one. Not each look: a long-lived process counts by itself,
 * and every write makes the holder's next one meet another version.
 */
async function noteSighting(by: Claiming, key: string, state: KeptState): Promise<void> {
  const { boot } = by.leases
  const judged = judgeLease(by, key, state)
  if (boot === null || judged.isFree || !judged.keep) return
  const nowMs = by.clock.monotonicMs()
  const last = by.sightedAt.get(key)
  if (last !== undefined && nowMs - last < state.leaseMs / 3) return
  by.sightedAt.set(key, nowMs)
  const others = Object.keys(state.sightings ?? {}).filter((name) => name !== boot)
  const dropped = others.length < MAX_SIGHTINGS ? [] : others
  const sightings = { ...Object.fromEntries(dropped.map((name) => [name, null])), [boot]: judged.keep }
  await by.api.patchStatus(placeOf(key, by.own), { status: { journal: { sightings } } })
}
