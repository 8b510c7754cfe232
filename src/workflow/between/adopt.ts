import type { Failure, KeyRecord, Pin, Sighting, ViolationKind } from '../../contracts/record.ts'
import { quoteWord } from '../../contracts/shell-word.ts'
import { canBeKey, describeShape } from '../../contracts/value-shape.ts'
import type { Answers, Question, TargetReading } from '../words/questions.ts'
import { setViolation } from '../words/violations.ts'
import { judgeIdUnknown, judgeShared } from './alarms.ts'

/** For a key without a rotation: what every target holds. */
export function questionsOfLook(pin: Pin): Question[] {
  return pin.targets
    .filter((target) => target.traits.readable)
    .map((target) => ({ ask: 'target', target: target.id }))
}

/** Records what each target holds now, for `status`. */
export function observePlaces(record: KeyRecord, pin: Pin, answers: Answers, now: number): void {
  for (const target of pin.targets) {
    const reading = answers.targets[target.id]
    if (!reading) continue
    record.places[target.id] = placeOf(record, reading, now)
    setViolation(record, `not-a-key:${target.id}`, explainNoKey(target.id, reading), now)
  }
  record.violations = record.violations.filter(({ kind }) => !isOfLostTarget(kind, pin))
  for (const id of Object.keys(record.places))
    if (!pin.targets.some((target) => target.id === id)) delete record.places[id]
}

/** Why what the target holds cannot be adopted as a key; null: nothing is against it. */
function explainNoKey(id: string, reading: TargetReading): string | null {
  if (reading.is !== 'value' || !reading.shape || canBeKey(reading.shape)) return null
  return `${id} holds ${describeShape(reading.shape)}, which is not adopted as a key; put the key that is in use there`
}

function isOfLostTarget(kind: ViolationKind, pin: Pin): boolean {
  return kind.startsWith('not-a-key:') && !pin.targets.some(({ id }) => kind === `not-a-key:${id}`)
}

/** For a key that is new here: a secret that does not exist (yet) may be about to hold a key, so none is created. */
const noSecret: Failure = {
  code: 'not_found',
  message: 'the secret does not exist',
  nextStep: 'Create it, with the key that is in use or empty; Keyrota creates fields but never secrets.',
  effect: 'none',
}

/** Names of fields that are kept to say which one may have been meant. */
const MOST_FIELDS = 50

function placeOf(record: KeyRecord, reading: TargetReading, at: number): Sighting {
  if (reading.is === 'failed') return { at, holds: 'unreadable', failure: reading.failure }
  if (reading.is === 'absent' && reading.missing === 'secret' && !record.current)
    return { at, holds: 'unreadable', failure: noSecret }
  if (reading.is === 'absent') {
    const { fields } = reading
    return { at, holds: 'absent', ...(fields ? { fields: fields.slice(0, MOST_FIELDS) } : {}) }
  }
  const { fingerprint, version } = reading
  const holds =
    fingerprint === record.current?.fingerprint
      ? 'current'
      : fingerprint === record.rotation?.attempts.at(-1)?.fingerprint
        ? 'new'
        : record.past.some((past) => past.fingerprint === fingerprint)
          ? 'past'
          : 'foreign'
  return { at, holds, fingerprint, version }
}

/** The one fingerprint that all targets hold, when a key may be adopted by it. */
export function adoptableFingerprint(pin: Pin, answers: Answers): string | null {
  const readable = pin.targets.filter((target) => target.traits.readable)
  const fingerprints = new Set<string>()
  for (const target of readable) {
    const reading = answers.targets[target.id]
    if (reading?.is !== 'value' || !canBeKey(reading.shape)) return null
    fingerprints.add(reading.fingerprint)
  }
  const [only] = fingerprints
  return fingerprints.size === 1 && only ? only : null
}

/** Targets that hold different keys cannot be adopted; a person has to say which one counts. */
export function showDifferences(record: KeyRecord, pin: Pin, answers: Answers, now: number): void {
  const held = pin.targets.flatMap((target) => {
    const reading = answers.targets[target.id]
    return reading?.is === 'value' ? [{ id: target.id, fingerprint: reading.fingerprint }] : []
  })
  const different = new Set(held.map((one) => one.fingerprint)).size > 1
  const list = held.map((one) => `${one.id} holds ${one.fingerprint}`).join(', ')
  setViolation(record, 'different-values', different ? list : null, now)
}

/** Records under names that the config no longer has and that know this key: it was renamed, or taken over. */
export function showRenamed(record: KeyRecord, former: readonly string[], now: number): void {
  const [first = ''] = former
  const forget = former.map((name) => `keyrota forget ${quoteWord(name)}`).join(' and ')
  const detail =
    former.length > 0
      ? `its targets hold the key of ${former.join(', ')}, which the config no longer has. If that is this key's former name, its record is carried on (rename); otherwise take the old record out: ${forget}`
      : null
  const command = `keyrota rename ${quoteWord(first)} ${quoteWord(record.key)}`
  setViolation(record, 'renamed', detail, now, command)
}

/** What must be known before a key is adopted: its id at the issuer, and who else holds its value. */
export function questionsOfAdoption(pin: Pin, fingerprint: string): Question[] {
  const asked: Question[] = [{ ask: 'holders', fingerprint }]
  if (pin.issuer.canIdentify) asked.push({ ask: 'identify', fingerprint })
  return asked
}

/**
 * Brings an existing key under management without rotating it: its age is the issuer's, or spread over
 * `every` by its name. A value that another key holds, and a key that nobody could revoke, are violations now.
 */
export function adopt(
  record: KeyRecord,
  about: { pin: Pin; fingerprint: string; answers: Answers; now: number; spreadSince: number },
): void {
  const { pin, fingerprint, answers, now, spreadSince } = about
  const identified = answers.identified?.is === 'ok' ? answers.identified.ref : undefined
  const versions: Record<string, string> = {}
  for (const [id, reading] of Object.entries(answers.targets)) {
    if (reading.is === 'value') versions[id] = reading.version
  }
  record.current = {
    fingerprint,
    since: identified?.createdAt ?? spreadSince,
    sinceFrom: identified?.createdAt === undefined ? 'spread' : 'issuer',
    adopted: true,
    versions,
    ...(identified ? { accepted: { at: now, by: 'identify' } } : {}),
    ...(identified ? { ref: identified } : {}),
    ...(identified?.expiresAt === undefined ? {} : { expiresAt: identified.expiresAt }),
  }
  judgeShared(record, answers, now)
  judgeIdUnknown(record, pin, answers, now)
}
