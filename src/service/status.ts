/** The verb `status`: the state of every key. */
import type { KeyConfig } from '../contracts/config.ts'
import { JournalError } from '../contracts/errors.ts'
import type { TargetSummary } from '../contracts/key-summary.ts'
import type { Pause } from '../contracts/pause.ts'
import type { Debt, Hold, KeyRecord, Rotation, Standing } from '../contracts/record.ts'
import { quoteWord } from '../contracts/shell-word.ts'
import type { Finding } from '../contracts/usage.ts'
import { readRecords } from '../engine/all-records.ts'
import { describeForeign } from '../engine/installation.ts'
import { dueOf } from '../schedule/key-due.ts'
import { sayPaused } from '../schedule/pauses.ts'
import { type Context, keyOf } from './context.ts'
import { type NextStep, nextStepsOf } from './next-steps.ts'
import { resultOf } from './outcome.ts'
import { findOverdue } from './overdue.ts'
import { readPauseOfAll } from './pause.ts'
import { readBeside } from './read-beside.ts'
import { summarizeTarget } from './summarize.ts'
import { withFindings } from './usage/status-findings.ts'

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
  /** `step, standing` of a running rotation; else `current`, `new here`, `observed`, `paused`. */
  state: string
  attention: boolean
  /** By whom, until when and why it, or all keys, are paused; null: neither is. */
  paused: string | null
  /** Since when the key in use should have been replaced; null: it need not be. */
  overdueSince: number | null
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
  /** Findings about its use that nobody has accepted and that are not over. */
  usage: Finding[]
}

/**
 * The state of these keys, or of every key, from the journal alone; no provider is asked.
 * @throws ServiceError `unknown-key` for a name that is neither in the config nor of a running rotation.
 */
export async function status(
  context: Pick<Context, 'journal' | 'keys' | 'clock' | 'installation' | 'untold'>,
  names: readonly string[],
): Promise<KeyStatus[]> {
  const { keys, installation } = context
  const now = context.clock.wallMs()
  const pausedAll = await readBeside(context, { what: 'a pause of all keys', otherwise: null }, () =>
    readPauseOfAll(context.journal),
  )
  const { records, damaged } = names.length === 0 ? await readAll(context) : await loadEach(context, names)
  const strays = [...records.values()].filter(
    (one) => one.installation === installation && !keys.has(one.key),
  )
  const unknown = names.find((name) => !keys.has(name) && !strays.some(({ key }) => key === name))
  if (unknown !== undefined) keyOf(context, unknown)
  const shown = [...keys.values()].filter((key) => names.length === 0 || names.includes(key.name))
  const rows = shown.map((key) => {
    const error = damaged.get(key.name)
    if (error) return damagedOf(key, error)
    const record = records.get(key.name) ?? null
    const isForeign = record !== null && record.installation !== installation
    return isForeign ? foreignOf(key, record, installation) : statusOf(key, record, now, pausedAll)
  })
  return withFindings(context, [...strays.map((one) => strayOf(one, now)), ...rows], names.length > 0)
}

interface Found {
  records: Map<string, KeyRecord>
  /** Keys whose record is damaged by itself: the others are shown all the same. */
  damaged: Map<string, JournalError>
}

async function readAll({ journal }: Pick<Context, 'journal'>): Promise<Found> {
  const damaged: Found['damaged'] = new Map()
  const records = await readRecords({
    list: (page) => journal.list({ ...page, damaged: (key, error) => damaged.set(key, error) }),
  })
  return { records, damaged }
}

async function loadEach({ journal }: Pick<Context, 'journal'>, names: readonly string[]): Promise<Found> {
  const found: Found = { records: new Map(), damaged: new Map() }
  for (const name of new Set(names)) {
    try {
      const { record } = await journal.load(name)
      if (record) found.records.set(name, record)
    } catch (error) {
      if (!(error instanceof JournalError) || error.code !== 'corrupt') throw error
      found.damaged.set(name, error)
    }
  }
  return found
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
    paused: null,
    overdueSince: null,
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
    usage: [],
  }
}

function needsPerson(record: KeyRecord, now: number): boolean {
  return resultOf({ key: record.key, end: 'idle', record, notes: [] }, now) === 'needs-person'
}

function overdueSince(record: KeyRecord | null, key: KeyConfig, now: number): number | null {
  const from = record ? findOverdue(record, key) : null
  return from !== null && from < now ? from : null
}

function rotationOf(rotation: Rotation): RotationStatus {
  const { id, reason, standing, startedAt, hold = null, old } = rotation
  const to = rotation.attempts.findLast(({ state }) => state === 'issued')?.fingerprint ?? null
  const oldEndsAt = old?.diesAt ?? null
  return { id, reason, standing, startedAt, oldEndsAt, hold, keys: { from: old?.fingerprint ?? null, to } }
}

function statusOf(
  key: KeyConfig,
  record: KeyRecord | null,
  now: number,
  pausedAll: Pause | null = null,
): KeyStatus {
  const rotation = record?.rotation ?? null
  const due = dueOf(record, key, now, pausedAll)
  const targets = key.targets.map(({ id }) => summarizeTarget(id, record))
  const paused = record && sayPaused(record, pausedAll, now)
  return {
    key: key.name,
    environment: key.environment,
    service: key.service,
    owner: key.owner,
    state: stateOf(key, record, paused !== null),
    attention: record !== null && needsPerson(record, now),
    paused,
    overdueSince: overdueSince(record, key, now),
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
    usage: [],
  }
}

function stateOf(key: KeyConfig, record: KeyRecord | null, isHeld: boolean): string {
  if (record?.rotation) return stepOf(record)
  if (key.observe) return 'observed'
  if (isHeld) return 'paused'
  return record?.current ? 'current' : 'new here'
}

function stepOf({ rotation }: KeyRecord): string {
  return rotation ? `${rotation.step}, ${rotation.standing}` : 'idle'
}
