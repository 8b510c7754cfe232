/*
 * A record that moves to another name lies in two objects, and no server writes two at once. So one write decides: the
 * record is laid down at the new name, where it does not count yet; then the old name lets it go, and from that moment it
 * counts at the new one. Whoever finds it lying there asks the old object which of the two is true.
 */
import type { AuditEntry, Claim } from '../../../src/contracts/journal.ts'
import type { KeyRecord } from '../../../src/contracts/record.ts'
import { checkRecordKey, toLostClaimError } from '../../shared/journal/errors.ts'
import { CLAIM_ID_LENGTH } from '../../shared/journal/lease-watch.ts'
import { bound } from './bounds.ts'
import { type Changing, change, judgeClaim, readObject } from './change.ts'
import { type Committing, free, needLabels, showRecord } from './commit.ts'
import { labelsOf } from './labels.ts'
import { type ManagedKeyObject, placeOf, stateOf } from './objects.ts'
import { addEntries, readRecord } from './record.ts'
import type { KeptState } from './status-schema.ts'

/** Moves that are remembered of an old name. */
const MAX_DEPARTED = 10

export async function moveRecord(
  by: Committing & { random(length: number): string },
  { from, to }: { from: Claim; to: Claim },
  { record, audit }: { record: KeyRecord; audit: readonly AuditEntry[] },
): Promise<void> {
  checkRecordKey(to.key, record)
  const text = JSON.stringify(record)
  const id = by.random(CLAIM_ID_LENGTH)
  judgeClaim(to, stateOf(await readObject(by, to.key), to.key))
  const source = await announce(by, from, { to: to.key, id })
  await layDown(by, to, {
    from: from.key,
    id,
    record: text,
    trail: source.trail ?? [],
    finished: source.finished ?? [],
  })
  await letGo(by, from, id)
  await pickUp(by, to, audit)
}

/** The old name says which move is under way; returns what it has. */
async function announce(by: Changing, claim: Claim, departure: KeptState['departure']): Promise<KeptState> {
  const object = await change(by, {
    key: claim.key,
    judge: (state) => judgeClaim(claim, state),
    make: ({ status }, state) => ({
      status: { ...status, journal: { ...state, ...(departure ? { departure } : {}) } },
    }),
  })
  if (object === null) throw new TypeError('an announcement is never left')
  return stateOf(object, claim.key)
}

async function layDown(by: Changing, claim: Claim, arrival: Arrival): Promise<void> {
  const { key } = claim
  const record = readRecord(key, arrival)
  await change(by, {
    key,
    judge: (state) => judgeClaim(claim, state),
    make: ({ status }, state) => ({
      status: { ...status, journal: { ...state, arrival } },
      labels: {
        before: () => labelsOf(readRecord(key, state), state.finished ?? []),
        after: labelsOf(record, arrival.finished),
      },
    }),
  })
}

/** The write that decides. It needs the announcement of this very move, which a claimer of the new name may take back. */
async function letGo(by: Changing, claim: Claim, id: string): Promise<void> {
  await change(by, {
    key: claim.key,
    judge(state, isUnsure) {
      if (isUnsure && state.departed?.includes(id)) return 'done'
      if (state.departure?.id !== id) throw toLostClaimError(claim.key)
      return judgeClaim(claim, state)
    },
    make(_, { record, wakeAt, lookedAt, trail, finished, cut, departure, ...rest }) {
      const departed = [...(rest.departed ?? []), id].slice(-MAX_DEPARTED)
      const revision = rest.revision + 1
      const gone = { ...rest, ...free(by.clock.wallMs()), revision, committedBy: claim.claimId, departed }
      return { status: { journal: gone } }
    },
  })
}

/** What was laid down becomes the record, and the claim ends. */
async function pickUp(by: Committing, claim: Claim, audit: readonly AuditEntry[]): Promise<void> {
  const object = await change(by, {
    key: claim.key,
    judge: (state, isUnsure) => (isUnsure && !state.arrival ? 'done' : judgeClaim(claim, state)),
    make(found, state) {
      const adopted = adopt(state)
      const trail = addEntries(adopted.trail ?? [], audit, found.metadata.resourceVersion)
      const next = bound({ ...adopted, ...free(by.clock.wallMs()), committedBy: claim.claimId, trail })
      const record = readRecord(claim.key, next)
      if (record === null) return { status: { journal: next } }
      return { status: showRecord(by, found, record, next), labels: needLabels(state, next, record) }
    },
  })
  if (object) await by.committed(object, audit)
}

/** The state with what was laid down in it. */
function adopt({ arrival, ...state }: KeptState): KeptState {
  if (!arrival) return state
  const { wakeAt } = JSON.parse(arrival.record) as KeyRecord
  const { wakeAt: _, lookedAt, ...rest } = state
  return {
    ...rest,
    ...(wakeAt === null ? {} : { wakeAt }),
    record: arrival.record,
    revision: state.revision + 1,
    trail: [...arrival.trail, ...(state.trail ?? [])],
    finished: [...arrival.finished, ...(state.finished ?? [])],
  }
}

/** What counts at this object: with what was laid down, once its old name has let it go. Reads that name only then. */
export async function readState(by: Pick<Changing, 'api' | 'own'>, state: KeptState): Promise<KeptState> {
  if (!state.arrival) return state
  const { arrival, ...without } = state
  return (await hasLeft(by, arrival)) ? adopt(state) : without
}

type Arrival = NonNullable<KeptState['arrival']>

async function hasLeft(by: Pick<Changing, 'api' | 'own'>, { from, id }: Arrival): Promise<boolean> {
  const source = await by.api.get(placeOf(from, by.own))
  // An object goes only when it has no record any more.
  if (source === null) return true
  const { departed = [] } = stateOf(source, from)
  return departed.includes(id)
}

/**
 * Ends, under the present claim of the new name, a move that another process left half done. What counts stays; what does
 * not is taken away, and first its announcement, so that a process that was only slow cannot finish the move later.
 */
export async function settleArrival(by: Committing, claim: Claim): Promise<ManagedKeyObject> {
  const { key } = claim
  const object = await readObject(by, key)
  const { arrival } = stateOf(object, key)
  if (!arrival) return object
  const source = await by.api.get(placeOf(arrival.from, by.own))
  if (source) await takeBack(by, arrival, source)
  const hasCome = await hasLeft(by, arrival)
  const settled = await change(by, {
    key,
    judge: (state, isUnsure) => (isUnsure && !state.arrival ? 'done' : judgeClaim(claim, state, false)),
    make(found, state) {
      const { arrival: _, ...without } = state
      if (!hasCome) return { status: { ...found.status, journal: without } }
      const next = adopt(state)
      const record = readRecord(key, next)
      if (record === null) return { status: { ...found.status, journal: next } }
      return { status: showRecord(by, found, record, next), labels: needLabels(state, next, record) }
    },
  })
  return settled ?? object
}

function takeBack(by: Changing, { from, id }: Arrival, source: ManagedKeyObject): Promise<unknown> {
  const isOpen = ({ departure }: KeptState) => departure?.id === id
  return change(
    by,
    {
      key: from,
      judge: (state) => (isOpen(state) ? 'go' : 'leave'),
      make: ({ status }, { departure, ...state }) => ({ status: { ...status, journal: state } }),
    },
    source,
  )
}
