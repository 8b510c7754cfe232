/** The verb `status`: the state of every key. */
import type { KeyConfig } from '../contracts/config.ts'
import { JournalError } from '../contracts/errors.ts'
import type { Snapshot } from '../contracts/journal.ts'
import type { TargetSummary } from '../contracts/key-summary.ts'
import type { Debt, Hold, KeyRecord, Rotation, Standing } from '../contracts/record.ts'
import { quoteWord } from '../contracts/shell-word.ts'
import { describeForeign } from '../engine/installation.ts'
import { findOldRecords } from '../engine/strays.ts'
import { dueOf } from '../schedule/key-due.ts'
import { type Context, keyOf } from './context.ts'
import { type NextStep, nextStepsOf } from './next-steps.ts'
import { resultOf } from './outcome.ts'
import { summarizeTarget } from './summarize.ts'

interface RotationStatus {
  id: string
  reason: string
  standing: Standing
  startedAt: number
  /** When the old key ends by itself; null: it does not, as far as is known. */
  oldEndsAt: number | null
  hold: Hold | null
  /** Fingerprints of the key that is replaced and of the one that replaces it, once it was created. */
  keys: { from: string | null; to: string | null }
}

export interface KeyStatus {
  key: string
  environment: string
  service: string
  owner: string
  /** `step, standing` of a running rotation; else `current`, `new here`, `observed`. */
  state: string
  attention: boolean
  rotation: RotationStatus | null
  current: KeyRecord['current']
  next: { at: number | null; why: string }
  targets: TargetSummary[]
  debts: Debt[]
  violations: KeyRecord['violations']
  /** What a person can do now, with the exact commands. */
  steps: NextStep[]
  exceptions: { kind: string; detail: string }[]
  last: KeyRecord['last']
  /** Fingerprint and state of earlier keys. */
  past: number
}

/**
 * The state of every key of the config, from the journal alone; no provider is asked.
 * @throws ServiceError `unknown-key` for a name that is neither in the config nor of a running rotation.
 */
export async function status(
  context: Pick<Context, 'journal' | 'keys' | 'clock' | 'installation'>,
  names: readonly string[],
): Promise<KeyStatus[]> {
  const keys = [...context.keys.values()].filter((key) => names.length === 0 || names.includes(key.name))
  const now = context.clock.wallMs()
  const strays = await findOldRecords(context.journal, (key) => context.keys.has(key), context.installation)
  const unknown = names.find((name) => !context.keys.has(name) && !strays.some(({ key }) => key === name))
  if (unknown !== undefined) keyOf(context, unknown)
  const rows = await Promise.all(
    keys.map(async (key) => {
      const loaded = await loadOrError(context, key.name)
      if (loaded instanceof JournalError) return damagedOf(key, loaded)
      const { record } = loaded
      const isForeign = record !== null && record.installation !== context.installation
      return isForeign ? foreignOf(key, record, context.installation) : statusOf(key, record, now)
    }),
  )
  return [
    ...strays.filter((one) => names.length === 0 || names.includes(one.key)).map((one) => strayOf(one, now)),
    ...rows,
  ]
}

/** The record of one key may be damaged by itself: the others are shown all the same. */
async function loadOrError(
  { journal }: Pick<Context, 'journal'>,
  name: string,
): Promise<Snapshot | JournalError> {
  try {
    return await journal.load(name)
  } catch (error) {
    if (error instanceof JournalError && error.code === 'corrupt') return error
    throw error
  }
}

function damagedOf(key: KeyConfig, { message, nextStep }: JournalError): KeyStatus {
  const command = `keyrota check ${quoteWord(key.name)}`
  const steps = [{ about: `${message}. ${nextStep}`, command, does: 'reads what its targets hold' }]
  return { ...statusOf(key, null, 0), state: 'record damaged', attention: true, steps }
}

/** Nothing of another installation's record is this key's, so that none of it is shown. */
function foreignOf(key: KeyConfig, record: KeyRecord, installation: string): KeyStatus {
  const about = describeForeign(record, installation)
  const does = 'says the same; give each installation a stateFolder of its own'
  const steps = [{ about, command: `keyrota check ${quoteWord(key.name)}`, does }]
  return { ...statusOf(key, null, 0), state: 'of another installation', attention: true, steps }
}

/** A record of a key that the config no longer has: nothing but this line would show what is left of it. */
function strayOf(record: KeyRecord, now: number): KeyStatus {
  const { rotation } = record
  return {
    key: record.key,
    environment: '-',
    service: '-',
    owner: '-',
    state: `${stepOf(record)}, not in the config`,
    attention: rotation !== null || needsPerson(record, now),
    rotation: rotation ? rotationOf(rotation) : null,
    current: record.current,
    next: {
      at: rotation ? record.wakeAt : null,
      why: rotation
        ? 'a rotation is running for a key that the config no longer has'
        : 'the config no longer has this key',
    },
    targets: (rotation?.pin.targets ?? []).map(({ id }) => summarizeTarget(id, record)),
    debts: record.debts,
    violations: record.violations,
    steps: [
      ...nextStepsOf(record),
      {
        about: `the config no longer has ${record.key}`,
        command: `keyrota forget ${quoteWord(record.key)}`,
        does: 'takes the record out and says what remains at the issuer; keyrota rename OLD NEW carries it on instead',
      },
    ],
    exceptions: [],
    last: record.last,
    past: record.past.length,
  }
}

function needsPerson(record: KeyRecord, now: number): boolean {
  return resultOf({ key: record.key, end: 'idle', record, notes: [] }, now) === 'needs-person'
}

function rotationOf(rotation: Rotation): RotationStatus {
  const { id, reason, standing, startedAt, hold = null, old } = rotation
  const to = rotation.attempts.findLast(({ state }) => state === 'issued')?.fingerprint ?? null
  const oldEndsAt = old?.diesAt ?? null
  return { id, reason, standing, startedAt, oldEndsAt, hold, keys: { from: old?.fingerprint ?? null, to } }
}

function statusOf(key: KeyConfig, record: KeyRecord | null, now: number): KeyStatus {
  const rotation = record?.rotation ?? null
  const due = dueOf(record, key, now)
  const targets = key.targets.map(({ id }) => summarizeTarget(id, record))
  return {
    key: key.name,
    environment: key.environment,
    service: key.service,
    owner: key.owner,
    state: stateOf(key, record),
    attention: record !== null && needsPerson(record, now),
    rotation: rotation ? rotationOf(rotation) : null,
    current: record?.current ?? null,
    next: { at: due.at, why: due.why },
    targets,
    debts: record?.debts ?? [],
    violations: record?.violations ?? [],
    steps: record ? nextStepsOf(record) : [],
    exceptions: (rotation?.exceptions ?? []).map(({ kind, detail }) => ({ kind, detail })),
    last: record?.last ?? null,
    past: record?.past.length ?? 0,
  }
}

function stateOf(key: KeyConfig, record: KeyRecord | null): string {
  if (record?.rotation) return stepOf(record)
  if (key.observe) return 'observed'
  return record?.current ? 'current' : 'new here'
}

function stepOf({ rotation }: KeyRecord): string {
  return rotation ? `${rotation.step}, ${rotation.standing}` : 'idle'
}
