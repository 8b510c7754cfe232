/** What is read of single keys, and of rotations whose key is not known. */
import type { Snapshot, TrailEntry } from '../../../src/contracts/journal.ts'
import type { KeyRecord } from '../../../src/contracts/record.ts'
import { parseRecord } from '../../shared/journal/errors.ts'
import type { Changing } from './change.ts'
import { finishedLabel } from './labels.ts'
import { type Listing, readPages } from './listing.ts'
import { readState } from './move.ts'
import { keyOf, placeOf, stateOf } from './objects.ts'
import { readRecord, toTrailEntry } from './record.ts'
import type { KeptState } from './status-schema.ts'

/** The present state of the key, or an empty snapshot of revision 0 for one that the journal does not know. */
export async function loadKey(by: Changing, key: string): Promise<Snapshot> {
  const object = await by.api.get(placeOf(key, by.own))
  const now = by.clock.wallMs()
  if (object === null) return { record: null, revision: 0, now, lease: null }
  by.notice(object)
  const state = await readState(by, stateOf(object, key))
  const { claimId, holder, leaseUntil, revision } = state
  const lease = claimId === '' ? null : { claimId, holder, until: leaseUntil }
  return { record: readRecord(key, state), revision, now, lease }
}

/** Of one key by its object alone; else everything is read, which only people who look for a rotation ask for. */
export async function readTrail(
  { by, listing }: { by: Changing; listing: Listing },
  { key, rotation, after = 0, limit }: { key?: string; rotation?: string; after?: number; limit: number },
): Promise<TrailEntry[]> {
  const found: TrailEntry[] = []
  const collect = (name: string, { trail = [] }: KeptState) => {
    for (const entry of trail)
      if (entry.seq > after && (rotation === undefined || entry.rotation === rotation))
        found.push(toTrailEntry(name, entry))
  }
  if (key === undefined) await eachState(listing, undefined, collect)
  else {
    const object = await by.api.get(placeOf(key, by.own))
    if (object) collect(key, await readState(by, stateOf(object, key)))
  }
  return found.sort((one, other) => one.seq - other.seq).slice(0, limit)
}

export async function findFinished(listing: Listing, rotation: string): Promise<KeyRecord | null> {
  let found: KeyRecord | null = null
  await eachState(listing, finishedLabel(rotation), (key, { finished = [] }) => {
    const ended = finished.find(({ id }) => id === rotation)
    if (ended) found = parseRecord(key, ended.record)
  })
  return found
}

/** Calls with every key and its state, as it counts. */
async function eachState(
  listing: Listing,
  selector: string | undefined,
  read: (key: string, state: KeptState) => void,
): Promise<void> {
  for await (const { items } of readPages(listing, selector)) {
    for (const object of items) {
      const key = keyOf(object, listing.own)
      const state = object.status?.journal
      if (state?.key === key) read(key, await readState(listing, state))
    }
  }
}
