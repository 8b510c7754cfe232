/*
 * The `status` of a ManagedKey, from which the CRD is generated and by which the code is typed. Nobody but Keyrota writes
 * it: who may change it may change what Keyrota believes of a key.
 */
import { z } from 'zod'

const time = z.string().describe('RFC 3339, UTC')
const count = z.int().min(0)
/* No limits and no lists of values but those of the API conventions: an older CRD must never refuse a commit. */
const constant = z.string()
const text = z.string()

const condition = z.object({
  type: z.string().describe('Ready, Rotating, Blocked or Drifted'),
  status: z.enum(['True', 'False', 'Unknown']).describe('the answer'),
  observedGeneration: count.optional().describe('generation of the spec that it was judged by'),
  lastTransitionTime: time.describe('when `status` of this condition changed last'),
  reason: constant.describe('constant in CamelCase, for programs'),
  message: text.describe('one sentence for people'),
})

const target = z.object({
  id: z.string().describe('store, secret and field'),
  holds: z
    .string()
    .describe(
      'what it held when it was last read: current, new, past, foreign, absent, unreadable, not read',
    ),
  lastReadTime: time.optional().describe('when that was'),
  version: z.string().optional().describe("the store's name of the version"),
  message: text.optional().describe('why it could not be read or written'),
})

const trailEntry = z.object({
  seq: count.describe('grows within a key; the same entry has the same number in the audit sink'),
  at: z.int().describe('milliseconds since 1970'),
  kind: z.string().describe('constant, e.g. step, intent, outcome, verdict, blocked'),
  rotation: z.string().optional().describe('the rotation that it belongs to'),
  text: z.string().describe('one sentence for people'),
  data: z.string().optional().describe('evidence as JSON'),
})

const sighting = z.object({
  claimId: z.string(),
  revision: count,
  renewals: count,
  sinceMs: z.number(),
})

const ended = z.object({ id: z.string(), record: z.string() })

const journal = z.object({
  key: z.string().describe('name of the key; a team’s key has its namespace in it'),
  revision: count.describe('grows with each commit'),
  record: z.string().optional().describe('the record as JSON text; absent while nothing is known of the key'),
  wakeAt: z.int().optional().describe('when the record is due for another look, in milliseconds since 1970'),
  lookedAt: z.int().optional().describe('when the targets were read since, in milliseconds since 1970'),
  claimId: z.string().describe('id of the claim that holds the key; empty while it is free'),
  holder: z.string().describe('process of the present claim, or of the last one'),
  fence: count.describe('number of the claim; grows with each'),
  leaseMs: count.describe('length of the lease'),
  leaseUntil: z.int().describe('its end by the clock of the holder, in milliseconds since 1970'),
  renewals: count.describe('renewals of the lease since it was claimed'),
  committedBy: z.string().optional().describe('id of the claim that made the last commit'),
  sightings: z
    .record(z.string(), sighting)
    .optional()
    .describe('what waiting processes saw of the lease, by the start of their machine'),
  trail: z.array(trailEntry).optional().describe('the last entries of the audit trail, oldest first'),
  finished: z.array(ended).optional().describe('records of the last rotations that ended, oldest first'),
  cut: z
    .object({ trail: count, finished: count, past: count })
    .optional()
    .describe('how many entries were dropped to keep the object small'),
  arrival: z
    .object({
      from: z.string(),
      id: z.string(),
      record: z.string(),
      trail: z.array(trailEntry),
      finished: z.array(ended),
    })
    .optional()
    .describe('what is being moved here; it counts once the object of the other key says that it has left'),
  departure: z
    .object({ to: z.string(), id: z.string() })
    .optional()
    .describe('the record is being moved to another key'),
  departed: z.array(z.string()).optional().describe('moves after which nothing is left here'),
})

export const managedKeyStatus = z.object({
  observedGeneration: count.optional().describe('generation of the spec that this status was judged by'),
  state: constant
    .optional()
    .describe('New, Current, Observed, Paused, Rotating, Waiting, AwaitingPerson, Blocked or NotInConfig'),
  reason: constant.optional().describe('reason of the condition that matters most'),
  fingerprint: z.string().optional().describe('first digits of the SHA-256 of the key in use'),
  currentSince: time.optional().describe('when the key in use was created'),
  expirationTime: time.optional().describe('when the key in use ends by itself'),
  nextRotationTime: time.optional().describe('when the next rotation may start'),
  nextRotationReason: text.optional().describe('why then, or why none is planned'),
  lastLookTime: time.optional().describe('when the targets were last read'),
  rotation: z
    .object({
      id: z.string(),
      step: z.string(),
      standing: z.string(),
      startTime: time,
      reason: z.string().optional().describe('age, expiry, asked, compromised or first'),
      killByTime: time.optional().describe('when the leaked key ends although a target lags'),
    })
    .optional()
    .describe('the rotation that runs'),
  lastRotation: z
    .object({ id: z.string(), end: z.string(), endTime: time, reason: z.string(), message: text.optional() })
    .optional()
    .describe('the rotation that ended last'),
  targets: z.array(target).optional().describe('what each target held when it was last read'),
  debts: count.optional().describe('live keys that only a person can end'),
  conditions: z.array(condition).optional().describe('Ready, Rotating, Blocked and Drifted'),
  recordingProblem: text
    .optional()
    .describe('why Events or lines of the audit trail are not written, and how many were dropped'),
  journal: journal
    .optional()
    .describe('what Keyrota remembers of the key, and who works on it; written by Keyrota alone'),
})

/** Optional fields of a zod output may be undefined; what is written here never is. */
type Written<T> = T extends readonly (infer E)[]
  ? readonly Written<E>[]
  : T extends object
    ? { readonly [F in keyof T]: Written<Exclude<T[F], undefined>> }
    : T

export type ManagedKeyStatus = Written<z.output<typeof managedKeyStatus>>
export type KeptState = NonNullable<ManagedKeyStatus['journal']>
export type KeptEntry = NonNullable<KeptState['trail']>[number]
export type KeptCondition = NonNullable<ManagedKeyStatus['conditions']>[number]
