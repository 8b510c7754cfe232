/** Records that are committed, or taken out: one status each. */
import type { AuditEntry, Claim, CommitRequest, Receipt } from '../../../src/contracts/journal.ts'
import type { Summarize } from '../../../src/contracts/key-summary.ts'
import type { KeyRecord } from '../../../src/contracts/record.ts'
import { checkRecordKey } from '../../shared/journal/errors.ts'
import { bound } from './bounds.ts'
import { type Changing, change, judgeCommit } from './change.ts'
import { labelsOf } from './labels.ts'
import { type ManagedKeyObject, stateOf } from './objects.ts'
import { addEntries, readRecord } from './record.ts'
import { describeKey } from './status.ts'
import type { KeptState, ManagedKeyStatus } from './status-schema.ts'

export interface Committing extends Changing {
  readonly summarize: Summarize
  /** Called with what was committed, for Events and the audit sink. */
  readonly committed: (object: ManagedKeyObject, audit: readonly AuditEntry[]) => Promise<void>
  /** Why Events or lines of the audit trail are not written; null: they are. */
  readonly recordingProblem: () => string | null
}

export async function commitRecord(by: Committing, claim: Claim, request: CommitRequest): Promise<Receipt> {
  const { key } = claim
  checkRecordKey(key, request.record)
  // What may throw is made before the first request, and what the caller changes later is not ours.
  const record = JSON.stringify(request.record)
  const ended = request.finished && {
    id: request.finished.id,
    record: JSON.stringify(request.finished.record),
  }
  const object = await change(by, {
    key,
    judge: (state, isUnsure) => judgeCommit(claim, state, isUnsure),
    make(found, state) {
      const now = by.clock.wallMs()
      const { wakeAt } = request.record
      const { lookedAt, wakeAt: before, ...rest } = state
      const next = bound({
        ...rest,
        ...(request.release ? free(now) : { leaseUntil: now + state.leaseMs }),
        record,
        ...(wakeAt === null ? {} : { wakeAt }),
        revision: state.revision + 1,
        committedBy: claim.claimId,
        trail: addEntries(state.trail ?? [], request.audit, found.metadata.resourceVersion),
        finished: [...(state.finished ?? []), ...(ended ? [ended] : [])],
      })
      return {
        status: showRecord(by, found, request.record, next),
        labels: needLabels(state, next, request.record),
      }
    },
  })
  return await finish(by, claim, object, request.audit)
}

/** Takes the record out, keeps it as finished and ends the claim. */
export async function forgetRecord(
  by: Committing,
  claim: Claim,
  { audit, keptAs }: { audit: readonly AuditEntry[]; keptAs: string },
): Promise<void> {
  const object = await change(by, {
    key: claim.key,
    judge: (state, isUnsure) => judgeCommit(claim, state, isUnsure),
    make(found, state) {
      const { record, wakeAt, lookedAt, ...rest } = state
      const next = bound({
        ...rest,
        ...free(by.clock.wallMs()),
        revision: state.revision + 1,
        committedBy: claim.claimId,
        trail: addEntries(state.trail ?? [], audit, found.metadata.resourceVersion),
        finished: [...(state.finished ?? []), ...(record === undefined ? [] : [{ id: keptAs, record }])],
      })
      return { status: { journal: next }, labels: needLabels(state, next, null) }
    },
  })
  await finish(by, claim, object, audit)
}

/** What ends a claim. */
export function free(now: number): Pick<KeptState, 'claimId' | 'leaseUntil'> {
  return { claimId: '', leaseUntil: now }
}

/** A whole status: what people read of this record, and the state. */
export function showRecord(
  by: Pick<Committing, 'summarize' | 'clock' | 'recordingProblem'>,
  object: ManagedKeyObject,
  record: KeyRecord,
  journal: KeptState,
): ManagedKeyStatus {
  const now = by.clock.wallMs()
  const { generation, namespace, name } = object.metadata
  const described = describeKey({
    summary: by.summarize(record, now),
    now,
    generation,
    before: object.status,
    of: { namespace, name, key: record.key },
  })
  const problem = by.recordingProblem()
  return { ...described, ...(problem === null ? {} : { recordingProblem: problem }), journal }
}

export function needLabels(before: KeptState, after: KeptState, record: KeyRecord | null) {
  return {
    before: () => labelsOf(readRecord(before.key, before), before.finished ?? []),
    after: labelsOf(record, after.finished ?? []),
  }
}

async function finish(
  by: Committing,
  { key }: Claim,
  object: ManagedKeyObject | null,
  audit: readonly AuditEntry[],
): Promise<Receipt> {
  if (object === null) throw new TypeError('a commit is never left')
  await by.committed(object, audit)
  const state = stateOf(object, key)
  const now = state.claimId === '' ? state.leaseUntil : state.leaseUntil - state.leaseMs
  return { revision: state.revision, now, leaseUntil: state.leaseUntil }
}
