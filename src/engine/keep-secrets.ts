/**
 * Holds what providers return against the secrets at hand, before any of it can enter a record, a screen or a log. An
 * id, a name or a version that is a secret is refused; in a text that is written for people it is left out.
 */
import type { Readiness } from '../contracts/consumer.ts'
import { ProviderError } from '../contracts/errors.ts'
import { fingerprintText, MIN_KEY_LENGTH } from '../contracts/fingerprint.ts'
import { fingerprintsIn, type Journal } from '../contracts/journal.ts'
import type { KeyRef } from '../contracts/key-issuer.ts'
import type { Failure, KeyRecord, Outcome, Pin } from '../contracts/record.ts'
import { isIdOfSecret, refuseSecretInRef, secretAsRef } from '../contracts/secret-in-ref.ts'
import { holdsSecret, redactSecrets, type SecretValue } from '../contracts/secret-value.ts'
import type { Answers, ConsumerCheckReading, Listed, TargetReading } from '../workflow/words/questions.ts'
import { toFailure } from './limit-call.ts'
import type { Values } from './values.ts'

export interface Guard {
  readonly values: Values
  readonly record: KeyRecord
  readonly journal: Pick<Journal, 'load'>
  readonly pin: Pin
  /** Names of the managed keys whose records name this fingerprint. */
  holders(fingerprint: string): Promise<readonly string[]>
}

/** The answers without a secret in them: a reading or a list that has one as an id, name or version has failed. */
export async function keepSecretsIn(guard: Guard, answers: Answers): Promise<Answers> {
  const issuer = guard.pin.issuer.name
  const { list, identified, readBack, found, probe, targets, checks, consumers, consumerChecks } = answers
  const [kept, known, current, lists] = await Promise.all([
    list && guardList(guard, list, issuer),
    identified && guardList(guard, asList(identified), issuer),
    readBack && guardList(guard, asList(readBack), issuer),
    Promise.all(Object.values(found).map((listed) => guardList(guard, listed, issuer))),
  ])
  return {
    ...answers,
    targets: mapValues(targets, (reading, id) => guardReading(guard, reading, id)),
    checks: mapValues(checks, (check) =>
      check.is === 'failed'
        ? redactFailed(guard, check)
        : { ...check, notes: check.notes.map((note) => redact(guard, note)) },
    ),
    consumers: mapValues(consumers, (told) =>
      told.is === 'failed'
        ? redactFailed(guard, told)
        : { ...told, readiness: redactReadiness(guard, told.readiness) },
    ),
    ...(consumerChecks
      ? { consumerChecks: mapValues(consumerChecks, (check) => redactConsumerCheck(guard, check)) }
      : {}),
    found: Object.fromEntries(Object.keys(found).map((mark, index) => [mark, lists[index] as Listed])),
    ...(kept ? { list: kept } : {}),
    ...(known && known.is === 'failed' ? { identified: known } : {}),
    ...(current && current.is === 'failed' ? { readBack: current } : {}),
    ...(probe
      ? {
          probe: {
            ...probe,
            garbage: redactIn(guard, probe.garbage),
            subjects: mapValues(probe.subjects, (answer) => redactIn(guard, answer)),
          },
        }
      : {}),
  }
}

/** One key that the issuer named is held to the same as a list of them. */
function asList(named: { is: 'ok'; ref: KeyRef } | { is: 'failed'; failure: Failure }): Listed {
  return named.is === 'ok' ? { is: 'ok', keys: [named.ref] } : named
}

function guardReading(guard: Guard, reading: TargetReading, id: string): TargetReading {
  if (reading.is === 'absent') return reading
  if (reading.is === 'failed') return redactFailed(guard, reading)
  const secrets = keysOf(guard)
  const { version, mark, writer } = reading
  if (holdsSecret(version, secrets) || (mark !== undefined && holdsSecret(mark, secrets)))
    return { is: 'failed', failure: secretAsVersion(id) }
  return writer === undefined ? reading : { ...reading, writer: redact(guard, writer) }
}

/**
 * Lets an outcome through that has no secret in it.
 * @throws ProviderError `invalid`, effect unknown: it was done, but what it made has a secret for a name.
 */
export async function refuseSecretsIn(guard: Guard, outcome: Outcome, provider: string): Promise<Outcome> {
  if (outcome.is !== 'done') return outcome
  if (outcome.ref) await refuseRef(guard, outcome.ref, { provider, made: true })
  if (outcome.version !== undefined && holdsSecret(outcome.version, keysOf(guard)))
    throw new ProviderError({ ...secretAsVersion('the store'), provider, effect: 'unknown' })
  return outcome
}

/** The failure with every secret at hand left out of its texts. */
export function redactFailure(guard: Held, failure: Failure): Failure {
  const { message, nextStep } = failure
  return { ...failure, message: redact(guard, message), nextStep: redact(guard, nextStep) }
}

/** Whether a text is, or has in it, the value of a managed key that a record names, and not a part that is public. */
export async function isKnownValue(guard: Omit<Guard, 'values' | 'record'>, text: string): Promise<boolean> {
  if (isIdOfSecret(text)) return false
  const whole = [text, decodeUrl(text)]
  const apart = [...whole, ...whole.flatMap((one) => one.split(betweenWords))]
  const words = new Set(apart.flatMap((one) => [one, ...(one.match(longPiece) ?? [])]))
  for (const word of words) if (await isKnownWord(guard, word)) return true
  return false
}

async function isKnownWord(guard: Omit<Guard, 'values' | 'record'>, word: string): Promise<boolean> {
  if (word.length < MIN_KEY_LENGTH) return false
  const fingerprint = fingerprintText(word)
  const names = await guard.holders(fingerprint)
  const { publicParts = [] } = guard.pin.issuer.traits
  if (publicParts.length === 0) return names.length > 0
  const records = await Promise.all(names.map(async (name) => (await guard.journal.load(name)).record))
  const named = records.flatMap((record) => (record ? fingerprintsIn(record) : []))
  const parts = named.flatMap((one) => one.split(',')).filter((part) => part.endsWith(`:${fingerprint}`))
  if (names.length === 0) return false
  return parts.length === 0 || parts.some((part) => !publicParts.includes(part.split(':')[0] ?? ''))
}

function decodeUrl(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    // A percent sign that belongs to the text itself.
    if (error instanceof URIError) return text
    throw error
  }
}

async function guardList(guard: Guard, listed: Listed, provider: string): Promise<Listed> {
  if (listed.is === 'failed') return { is: 'failed', failure: redactFailure(guard, listed.failure) }
  try {
    await Promise.all(listed.keys.map((key) => refuseRef(guard, key, { provider, made: false })))
    return listed
  } catch (error) {
    return { is: 'failed', failure: toFailure(error, provider) }
  }
}

async function refuseRef(
  guard: Guard,
  ref: KeyRef,
  about: { provider: string; made: boolean },
): Promise<void> {
  refuseSecretInRef(ref, keysOf(guard), about)
  for (const field of ['id', 'name'] as const) {
    const text = ref[field]
    if (text !== undefined && (await isKnownValue(guard, text))) throw secretAsRef(field, about)
  }
}

type Held = Pick<Guard, 'values' | 'pin' | 'record'>

/** Values that can be keys; a placeholder in a field may well be a word that is in an id too. */
function keysOf(guard: Held): SecretValue[] {
  return secretsOf(guard).filter((secret) => secret.length >= MIN_KEY_LENGTH)
}

function secretsOf({ values, pin }: Held): SecretValue[] {
  return values.secrets(pin.issuer.traits.publicParts)
}

/** Leaves out what is held, and every word that is a key of this record, though its value is held nowhere any more. */
function redact(guard: Held, text: string): string {
  const known = new Set(fingerprintsIn(guard.record))
  const isKey = (word: string) => known.has(fingerprintText(word))
  return redactSecrets(text, secretsOf(guard)).replace(longWord, (word) =>
    isKey(word) ? '[secret]' : word.replace(longPiece, (piece) => (isKey(piece) ? '[secret]' : piece)),
  )
}

/** What may be a key in a text for people, and what may be one in an address or an assignment. */
const longWord = /[^\s"'`<>()[\]{},;]{16,}/g
/** In a sentence of a person. */
const betweenWords = /[\s"'`,;()<>[\]{}]+/
const longPiece = /[^:=/?&#@]{16,}/g

function redactFailed<T extends { failure: Failure }>(guard: Held, failed: T): T {
  return { ...failed, failure: redactFailure(guard, failed.failure) }
}

function redactIn<T extends { why?: string; fingerprint?: string }>(guard: Held, told: T): T {
  const { why, fingerprint } = told
  return {
    ...told,
    ...(why === undefined ? {} : { why: redact(guard, why) }),
    ...(fingerprint === undefined ? {} : { fingerprint: redact(guard, fingerprint) }),
  }
}

function mapValues<T, R>(
  map: Readonly<Record<string, T>>,
  change: (value: T, name: string) => R,
): Record<string, R> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value, name)]))
}

function secretAsVersion(place: string): Failure {
  return {
    code: 'invalid',
    message: `${place}: the version is, or holds, the value itself: it was not kept`,
    nextStep: 'Use a store whose versions are not made of the value.',
    effect: 'none',
  }
}

function redactReadiness(guard: Guard, readiness: Readiness): Readiness {
  const { otherFingerprints } = readiness
  if (otherFingerprints === undefined) return redactIn(guard, readiness)
  return {
    ...redactIn(guard, readiness),
    otherFingerprints: otherFingerprints.map((one) => redact(guard, one)),
  }
}

function redactConsumerCheck(guard: Guard, check: ConsumerCheckReading): ConsumerCheckReading {
  if (check.is === 'failed') return redactFailed(guard, check)
  return {
    is: 'ok',
    problems: check.problems.map(({ text, nextStep }) => ({
      text: redact(guard, text),
      nextStep: redact(guard, nextStep),
    })),
    notes: check.notes.map((note) => redact(guard, note)),
  }
}
