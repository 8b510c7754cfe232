/** The verb `plan`: what the next run would do. */
import type { KeyConfig } from '../contracts/config.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { quoteWord } from '../contracts/shell-word.ts'
import { readRecords } from '../engine/all-records.ts'
import { dueOf } from '../schedule/key-due.ts'
import { listNextStarts, type NextStarts } from '../schedule/next-starts.ts'
import { type Context, keyOf } from './context.ts'
import { readPauseOfAll } from './pause.ts'
import { readBeside } from './read-beside.ts'

export interface PlannedKey {
  key: string
  due: boolean
  why: string
  /** When it comes due; null: not known before it is adopted. */
  at: number | null
  /** What the next run would do, in order. */
  steps: string[]
}

/** What is due, what the next run would do about it, and the next dates; from journal and config, nothing is asked. */
export async function plan(
  context: Pick<Context, 'journal' | 'keys' | 'providers' | 'clock' | 'untold'>,
  names: readonly string[] = [],
): Promise<PlannedKey[]> {
  const now = context.clock.wallMs()
  const [records, pausedAll] = await Promise.all([readRecords(context.journal), readPause(context)])
  const planned = await Promise.all(
    keysOf(context, names).map(async (key) => {
      const record = records.get(key.name) ?? null
      const due = dueOf(record, key, now, pausedAll)
      const issuer = await context.providers.issuer(key.issuer)
      return {
        key: key.name,
        due: due.due,
        why: due.why,
        at: due.at,
        steps: stepsOf(key, record, { due: due.due, operator: issuer.lifecycle === 'operator' }),
      }
    }),
  )
  return planned.sort((a, b) => (a.at ?? 0) - (b.at ?? 0) || (a.key < b.key ? -1 : 1))
}

/** The rotations that start next, of these keys or of all, with what moves them. */
export async function planNext(
  context: Pick<Context, 'journal' | 'keys' | 'clock' | 'limits' | 'untold'>,
  names: readonly string[],
  count: number,
): Promise<NextStarts> {
  const [records, pausedAll] = await Promise.all([readRecords(context.journal), readPause(context)])
  const keys = keysOf(context, names).map((key) => ({ key, record: records.get(key.name) ?? null }))
  const { clock, limits } = context
  return listNextStarts(keys, { now: clock.wallMs(), pausedAll, limits, count })
}

function readPause(context: Pick<Context, 'journal' | 'untold'>) {
  return readBeside(context, { what: 'a pause of all keys', otherwise: null }, () =>
    readPauseOfAll(context.journal),
  )
}

function keysOf({ keys }: Pick<Context, 'keys'>, names: readonly string[]): KeyConfig[] {
  return names.length === 0 ? [...keys.values()] : names.map((name) => keyOf({ keys }, name))
}

/** A key that has none yet: whether there will be a first one is not known before its targets were read. */
function stepsOfNew(key: KeyConfig, record: KeyRecord | null): string[] {
  const trouble = record?.violations.find(({ kind }) => kind === 'no-first-key')
  if (trouble) return [`nothing: ${trouble.detail}`]
  const otherwise = key.first
    ? `create the first key at ${key.issuer} and deploy it (first: true)`
    : `create nothing until asked: keyrota rotate ${quoteWord(key.name)} --first`
  return [
    'read the targets, and adopt the key that they hold; nothing is rotated for that',
    `if they hold none: ${otherwise}`,
  ]
}

function stepsOf(
  key: KeyConfig,
  record: KeyRecord | null,
  about: { due: boolean; operator: boolean },
): string[] {
  if (key.observe) return ['only look']
  if (record?.rotation) {
    const { rotation } = record
    return [
      `go on with rotation ${rotation.id} at ${rotation.step}${rotation.hold ? ` (${rotation.hold.detail})` : ''}`,
    ]
  }
  if (!record?.current && !about.due) return stepsOfNew(key, record)
  if (!about.due) return []
  const places = key.targets.map((target) => target.id).join(', ')
  return [
    about.operator ? `ask a person for a new key at ${key.issuer}` : `create a key at ${key.issuer}`,
    `deploy it to ${places}`,
    key.consumers.length > 0
      ? `restart and prove ${key.consumers.join(', ')}`
      : 'probe what the targets hold',
    about.operator
      ? 'ask the person to delete the old key, and probe until it is dead'
      : 'revoke the old key, and probe until it is refused',
  ]
}
