/** The verbs `pause` and `unpause`, of one key or of all: what starts by itself is held back, what a person asks for is done. */
import { formatMinute } from '../contracts/closures.ts'
import type { Journal } from '../contracts/journal.ts'
import { PAUSE_OF_ALL, type Pause } from '../contracts/pause.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { readRecords } from '../engine/all-records.ts'
import { amend } from '../engine/amend.ts'
import { changeOrRenew } from '../engine/change-document.ts'
import { type Context, keyOf, ServiceError } from './context.ts'
import { refuseKnownValues } from './refuse-known-values.ts'

/** A person's command waits so long for a process that works on the key. */
const PATIENCE_MS = 30_000

export interface PauseWish {
  /** Null: every key of the installation, also one that is declared later. */
  key: string | null
  by: string
  until?: number | undefined
  reason?: string | undefined
}

export interface Paused {
  /** Null: all keys. */
  key: string | null
  pause: Pause
  /** The pause whose place it takes. */
  was: Pause | null
  /** Keys that their issuer ends before the pause is over. */
  expiring: { key: string; at: number }[]
  /** Rotations that go on all the same. */
  running: string[]
}

/** @throws ServiceError `usage` for an end that is past, `unknown-key`, also while another process has the key */
export async function pause(context: Context, wish: PauseWish): Promise<Paused> {
  const { key, by, until, reason } = wish
  const now = context.clock.wallMs()
  if (until !== undefined && until <= now)
    throw new ServiceError(
      'usage',
      `${formatMinute(until)} is past: this machine's clock says ${formatMinute(now)}`,
      'Give --until a later time, or a duration such as 3d.',
    )
  await refuseKnownValues(context, [reason])
  const made: Pause = {
    at: now,
    by,
    ...(until === undefined ? {} : { until }),
    ...(reason === undefined ? {} : { reason }),
  }
  if (key === null) {
    let was: Pause | null = null
    await changeOrRenew<Pause>(handOf(context), PAUSE_OF_ALL, (before) => {
      was = before
      return made
    })
    const records = await readRecords(context.journal)
    return { key, pause: made, was, ...consequencesOf([...records.values()], made) }
  }
  keyOf(context, key)
  let was: Pause | null = null
  const record = await change(context, key, (its, at) => {
    was = its.paused ?? null
    its.paused = { ...made, at }
    return `paused by ${by}${until === undefined ? '' : ` until ${formatMinute(until)}`}${reason === undefined ? '' : `: ${reason}`}`
  })
  return { key, pause: record.paused ?? made, was, ...consequencesOf([record], made) }
}

/** @returns what was paused; null: nothing was. */
export async function unpause(
  context: Context,
  { key, by }: Pick<PauseWish, 'key' | 'by'>,
): Promise<Pause | null> {
  if (key === null) return await unpauseAll(context)
  keyOf(context, key)
  let was: Pause | null = null
  await change(context, key, (its) => {
    was = its.paused ?? null
    if (!was) return null
    delete its.paused
    return `the pause is ended by ${by}`
  })
  return was
}

/** What holds all keys back now; null: nothing does, or it is over. */
export async function readPauseOfAll({ documents }: Pick<Journal, 'documents'>): Promise<Pause | null> {
  const found = await documents.read(PAUSE_OF_ALL)
  if (!found) return null
  try {
    const said: Partial<Pause> = Object(JSON.parse(found.text))
    if (typeof said.at === 'number' && typeof said.by === 'string') return said as Pause
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  // Somebody wanted something held back: what cannot be read holds until it can.
  return { at: 0, by: 'unknown', reason: 'the pause of all keys cannot be read; keyrota unpause --all' }
}

/** Has the judgements of this process know what is paused now. */
export async function refreshPause({ journal, standing }: Context): Promise<void> {
  standing.pausedAll = await readPauseOfAll(journal)
}

async function unpauseAll(context: Context): Promise<Pause | null> {
  const { documents } = context.journal
  const was = await readPauseOfAll(context.journal)
  const found = await documents.read(PAUSE_OF_ALL)
  if (!found) return null
  if ((await documents.remove(PAUSE_OF_ALL, found.revision)) === 'removed') return was
  throw new ServiceError(
    'refused',
    'somebody else has changed the pause of all keys in this moment',
    'Look at it: keyrota status. Then try again: keyrota unpause --all',
  )
}

async function change(
  context: Context,
  key: string,
  make: (record: KeyRecord, now: number) => string | null,
): Promise<KeyRecord> {
  const amended = await amend(
    context,
    key,
    (record, now) => {
      const text = make(record, now)
      return text === null ? [] : [{ at: now, key, kind: 'asked', text }]
    },
    PATIENCE_MS,
  )
  if (amended !== 'claimed') return amended
  throw new ServiceError(
    'refused',
    `another process works on ${key}`,
    `Try again in a minute, or see who: keyrota status ${key}`,
  )
}

function handOf({ journal, clock, random }: Context) {
  return { documents: journal.documents, clock, random }
}

function consequencesOf(records: readonly KeyRecord[], { until }: Pause) {
  const ends = until ?? Number.POSITIVE_INFINITY
  const expiring = records.flatMap(({ key, current }) =>
    current?.expiresAt !== undefined && current.expiresAt <= ends ? [{ key, at: current.expiresAt }] : [],
  )
  return {
    expiring: expiring.toSorted((a, b) => a.at - b.at),
    running: records.flatMap(({ key, rotation }) => (rotation ? [key] : [])),
  }
}
