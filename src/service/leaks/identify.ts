/** The verb `leaked`: which managed key a value that came in from outside is, and what has to be done about it. */
import { Readable } from 'node:stream'
import type { KeyConfig } from '../../contracts/config.ts'
import { fingerprintPart, MIN_KEY_LENGTH } from '../../contracts/fingerprint.ts'
import type { KeyRecord } from '../../contracts/record.ts'
import { SecretValue } from '../../contracts/secret-value.ts'
import { quoteWord } from '../../contracts/shell-word.ts'
import { scanContent } from '../../scan/content.ts'
import { Tally } from '../../scan/tally.ts'
import { newBudget } from '../../scan/unpacking.ts'
import type { Context } from '../context.ts'
import { nextStepsOf } from '../next-steps.ts'
import { type KnownValue, type KnownValues, readKnownValues } from './known-values.ts'

export interface Leak extends KnownValue {
  environment: string | null
  service: string | null
  owner: string | null
  /** What the value opens. */
  issuer: string | null
  consumers: readonly string[]
  /** Encodings it came in. */
  forms: string[]
  step: LeakStep | null
}

export interface LeakStep {
  command: string
  does: string
}

export interface Identified {
  /** What the value was compared with. */
  compared: { keys: number; fingerprints: number }
  /** Readings of what came in whose fingerprint was computed. */
  readings: number
  matches: Leak[]
}

export interface Report {
  reason?: string | undefined
  killBy?: string | undefined
}

/**
 * Looks for known values in what was pasted, in every way in which people paste a key: with its name, in quotes, in a
 * header, encoded. Asks no issuer, changes nothing, and keeps nothing of the text.
 */
export async function identifyLeak(
  context: Context,
  pasted: Buffer,
  report: Report = {},
): Promise<Identified> {
  const known = await readKnownValues(context)
  const { forms, readings } = await readPasted(pasted, new Set(known.byFingerprint.keys()))
  return {
    compared: { keys: known.keys, fingerprints: known.byFingerprint.size },
    readings,
    matches: await describeMatches(context, known, forms, report),
  }
}

/** What these fingerprints are to which keys; `forms`: the encodings in which each of them came in. */
export async function describeMatches(
  context: Context,
  known: Pick<KnownValues, 'byFingerprint'>,
  forms: ReadonlyMap<string, ReadonlySet<string>>,
  report: Report = {},
): Promise<Leak[]> {
  const values = [...forms].flatMap(([fingerprint, how]) =>
    (known.byFingerprint.get(fingerprint) ?? []).map((value) => ({ ...value, forms: [...how] })),
  )
  const records = new Map<string, KeyRecord | null>()
  for (const { key } of values)
    if (!records.has(key)) records.set(key, (await context.journal.load(key)).record)
  return withBoth(
    values.map((value) => describeLeak(value, records.get(value.key) ?? null, context.keys.get(value.key))),
  ).map((leak) => ({ ...leak, step: stepOf(leak, records.get(leak.key) ?? null, report) }))
}

/** The known values in the text, with the encodings they came in. */
async function readPasted(
  pasted: Buffer,
  known: ReadonlySet<string>,
): Promise<{ forms: Map<string, Set<string>>; readings: number }> {
  const tally = new Tally(known)
  await scanContent(tally, 'what came in', Readable.from([pasted]), newBudget())
  const { counts, findings } = tally.take()
  // A key of several lines, or with blanks in it, is found only as a whole.
  const whole = pasted.toString()
  const bare = whole.trim().replace(/^(['"`])(.*)\1$/s, '$2')
  const wholes = [...new Set([whole, whole.trim(), bare])].filter((text) => text.length >= MIN_KEY_LENGTH)
  const found = [
    ...findings,
    ...wholes.map((text) => ({ fingerprint: fingerprintPart(new SecretValue(text)), form: 'raw' })),
  ]
  const forms = new Map<string, Set<string>>()
  for (const { fingerprint, form } of found) {
    if (known.has(fingerprint)) forms.set(fingerprint, (forms.get(fingerprint) ?? new Set()).add(form))
  }
  return { forms, readings: counts.tokens + wholes.length }
}

function describeLeak(
  value: KnownValue & { forms: string[] },
  record: KeyRecord | null,
  key: KeyConfig | undefined,
): Omit<Leak, 'step'> {
  return {
    ...value,
    environment: key?.environment ?? null,
    service: key?.service ?? null,
    owner: key?.owner ?? null,
    issuer: key?.issuer ?? record?.rotation?.pin.issuer.name ?? null,
    consumers: key?.consumers ?? [],
  }
}

/** Old and new key of one rotation came in together. */
function withBoth(leaks: readonly Omit<Leak, 'step'>[]): Omit<Leak, 'step'>[] {
  return leaks.map((leak) => {
    const words = new Set(leaks.filter(({ key }) => key === leak.key).map(({ leaked }) => leaked))
    return leak.leaked !== null && words.has('old') && words.has('new') ? { ...leak, leaked: 'both' } : leak
  })
}

function stepOf(leak: Omit<Leak, 'step'>, record: KeyRecord | null, report: Report): LeakStep | null {
  const key = quoteWord(leak.key)
  if (leak.lives === 'no') return null
  if (leak.leaked !== null) {
    const options = [
      ...(report.killBy === undefined ? [] : ['--kill-by', quoteWord(report.killBy)]),
      ...(report.reason === undefined ? [] : ['--reason', quoteWord(report.reason)]),
    ]
    const command = ['keyrota rotate', key, '--compromised --leaked', leak.leaked, ...options].join(' ')
    return {
      command,
      does: 'creates and deploys another key, then revokes the leaked one without an overlap',
    }
  }
  if (leak.state === 'debt') {
    const owed = record && nextStepsOf(record).find(({ about }) => about.startsWith(`delete ${leak.name} `))
    if (owed) return { command: owed.command, does: `once it is deleted at the issuer: ${owed.does}` }
  }
  if (leak.state === 'kept')
    return {
      command: `keyrota rotate ${key} --compromised`,
      does: 'goes on with this key first: run it twice',
    }
  if (leak.state === 'held')
    return { command: `keyrota check ${key}`, does: 'reads its targets and probes the value' }
  if (leak.state === 'new')
    return { command: `keyrota status ${key}`, does: 'shows what the rotation waits for' }
  return {
    command: `keyrota prove ${key} --old`,
    does: 'reads the value from stdin and asks the issuer whether it is dead',
  }
}
