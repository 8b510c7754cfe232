/*
 * Changes of a status under a claim. `resourceVersion` is the compare-and-set, but it moves with everything: labels,
 * annotations, what waiting processes note. So a conflict is no lost claim: the object is read again, and only claim and
 * revision in its status say whether the key is still ours.
 */
import type { Clock } from '../../../src/contracts/clock.ts'
import { JournalError, ProviderError } from '../../../src/contracts/errors.ts'
import type { Claim } from '../../../src/contracts/journal.ts'
import { toLostClaimError } from '../../shared/journal/errors.ts'
import type { ManagedKeyApi } from './api.ts'
import { toAbsentError, toBusyError, toUnknownError } from './errors.ts'
import { changeLabels, type Labels } from './labels.ts'
import { makeMergePatch } from './merge-patch.ts'
import { type ManagedKeyObject, placeOf, stateOf } from './objects.ts'
import type { KeptState, ManagedKeyStatus } from './status-schema.ts'

/** Tries against others who change the same object. */
const MAX_TRIES = 12
const PAUSE_MS = 20

export interface Changing {
  readonly api: ManagedKeyApi
  readonly clock: Clock
  /** The namespace of the config's keys. */
  readonly own: string
  /** Objects as they were last seen, of keys that are claimed here. */
  readonly seen: Map<string, ManagedKeyObject>
  /** Called with every object that comes from the server. */
  readonly notice: (object: ManagedKeyObject) => void
}

export interface Change {
  readonly key: string
  /**
   * Whether the change may be made on this state, was made already, or is to be left. `isUnsure`: an earlier try had no
   * answer and may have been written. Throws what the caller is to be told where the key is no longer ours.
   */
  judge(state: KeptState, isUnsure: boolean): 'go' | 'done' | 'leave'
  /** The status that is wanted, from the one that is there, and the labels it needs. */
  make(object: ManagedKeyObject, state: KeptState): { status: ManagedKeyStatus; labels?: NeededLabels }
}

interface NeededLabels {
  before(): Labels
  readonly after: Labels
}

/** Makes the change and returns the object with it; null when it was left. `object`: as it was just read. */
export async function change(
  by: Changing,
  wanted: Change,
  object = by.seen.get(wanted.key),
): Promise<ManagedKeyObject | null> {
  const { key, judge } = wanted
  const hand = { object, isFresh: false, isUnsure: false }
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    hand.isFresh ||= hand.object === undefined
    hand.object ??= await readObject(by, key)
    try {
      const verdict = judge(stateOf(hand.object, key), hand.isUnsure)
      if (verdict === 'leave') return null
      return remember(by, key, verdict === 'done' ? hand.object : await write(by, wanted, hand.object))
    } catch (error) {
      const isOld = !hand.isFresh && error instanceof JournalError && error.code === 'lost-claim'
      const isUnknown = error instanceof ProviderError && error.effect === 'unknown'
      const isConflict = error instanceof ProviderError && error.code === 'conflict'
      if (!isOld && !isUnknown && !isConflict) throw error
      hand.isUnsure ||= isUnknown
      // The server may know more than what was remembered.
      hand.object = undefined
      if (!isOld) await by.clock.sleep(PAUSE_MS * Math.min(tries, 10))
    }
  }
  throw toBusyError(key)
}

async function write(
  { api, own }: Changing,
  { key, judge, make }: Change,
  found: ManagedKeyObject,
): Promise<ManagedKeyObject> {
  let object = found
  const at = placeOf(key, own)
  let { status, labels } = make(object, stateOf(object, key))
  const { resourceVersion } = object.metadata
  const lacking = labels && changeLabels(object.metadata.labels ?? {}, labels)
  if (lacking) {
    object = await api.patch(at, { metadata: { resourceVersion, labels: lacking } })
    if (judge(stateOf(object, key), false) !== 'go') throw toBusyError(key)
    status = make(object, stateOf(object, key)).status
  }
  const patch = makeMergePatch(object.status ?? {}, status)
  return await api.patchStatus(at, {
    metadata: { resourceVersion: object.metadata.resourceVersion },
    status: patch,
  })
}

/** Whether claim and revision are still those of the claim. @throws JournalError `lost-claim` */
export function judgeClaim(claim: Claim, state: KeptState, withRevision = true): 'go' {
  const isHeld = state.claimId === claim.claimId && state.fence === claim.fence
  if (isHeld && (!withRevision || state.revision === claim.revision)) return 'go'
  throw toLostClaimError(claim.key)
}

/** The same for what makes the next revision, and may have made it in a try without an answer. */
export function judgeCommit(claim: Claim, state: KeptState, isUnsure: boolean): 'go' | 'done' {
  if (isUnsure && state.committedBy === claim.claimId && state.revision === claim.revision + 1) return 'done'
  // Who made the revision after ours can be told only of the last one.
  if (isUnsure && state.revision > claim.revision + 1) throw toUnknownError(claim.key)
  return judgeClaim(claim, state)
}

export async function readObject(by: Changing, key: string): Promise<ManagedKeyObject> {
  const object = await by.api.get(placeOf(key, by.own))
  if (object === null) throw toAbsentError(key)
  by.notice(object)
  return object
}

function remember(by: Changing, key: string, object: ManagedKeyObject): ManagedKeyObject {
  const { claimId = '' } = object.status?.journal ?? {}
  if (claimId === '') by.seen.delete(key)
  else by.seen.set(key, object)
  by.notice(object)
  return object
}
