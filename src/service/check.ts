/** The verb `check`: access to every target and issuer, and whether every probe can be trusted. */
import type { KeyConfig } from '../contracts/config.ts'
import { isPassing } from '../contracts/errors.ts'
import { type KeyRecord, newRecord } from '../contracts/record.ts'
import { canBeKey, describeShape } from '../contracts/value-shape.ts'
import { ask } from '../engine/ask.ts'
import { takeAtHand } from '../engine/at-hand.ts'
import { toFailure } from '../engine/limit-call.ts'
import { pinKey } from '../engine/pin.ts'
import type { Answers, Question } from '../workflow/words/questions.ts'
import { type Context, keyOf } from './context.ts'

export interface Finding {
  key: string
  /** Target, issuer or consumer. */
  place: string
  level: 'ok' | 'assumed' | 'problem' | 'unavailable'
  text: string
  nextStep?: string
}

/** Access to every target and issuer, and the soundness of every probe; asks only, changes nothing. */
export async function check(context: Context, names: readonly string[]): Promise<Finding[]> {
  const keys = names.length > 0 ? names.map((name) => keyOf(context, name)) : [...context.keys.values()]
  const found: Finding[] = []
  for (const key of keys) found.push(...(await checkKey(context, key)))
  return found
}

async function checkKey(context: Context, key: KeyConfig): Promise<Finding[]> {
  const atHand = takeAtHand(context, key.name)
  try {
    const pin = await pinKey(context.providers, key)
    const { record } = await context.journal.load(key.name)
    const shown = record ?? newRecord(key.name, context.installation)
    const subject = { record: shown, pin }
    const places = pin.targets.flatMap((target): Question[] => [
      { ask: 'check', target: target.id },
      { ask: 'target', target: target.id },
    ])
    const first = await ask(atHand, subject, [
      ...places,
      ...(pin.issuer.lifecycle === 'operator' ? [] : [{ ask: 'list' as const }]),
    ])
    const subjects = atHand.values.fingerprints()
    const probed = await ask(atHand, subject, [
      { ask: 'probe', subjects },
      ...pin.consumers.map(({ name }): Question => ({ ask: 'consumer', consumer: name, mark: '', after: 0 })),
    ])
    return [
      ...pin.targets.map((target) => reportTarget(key, target.id, first, shown)),
      ...reportIssuer(key, first, probed, subjects),
      ...reportConsumers(key, probed),
    ]
  } catch (error) {
    const failure = toFailure(error, key.issuer)
    return [
      { key: key.name, place: key.name, level: 'problem', text: failure.message, nextStep: failure.nextStep },
    ]
  } finally {
    atHand.values.forget()
  }
}

function reportTarget(key: KeyConfig, id: string, answers: Answers, record: KeyRecord): Finding {
  const about = { key: key.name, place: id }
  const checked = answers.checks[id]
  if (checked?.is === 'failed') {
    const { message, nextStep } = checked.failure
    const level = isPassing(checked.failure) ? 'unavailable' : 'problem'
    return { ...about, level, text: message, nextStep }
  }
  const reading = answers.targets[id]
  if (reading?.is === 'value' && reading.shape && !canBeKey(reading.shape)) {
    const text = `holds ${describeShape(reading.shape)}, not a key`
    return { ...about, level: 'problem', text, nextStep: 'Put the key that is in use there.' }
  }
  const held =
    reading?.is === 'value'
      ? `holds ${reading.fingerprint}${record.current && record.current.fingerprint !== reading.fingerprint ? ' (not the key Keyrota knows)' : ''}${reading.shape ? `, which looks like ${describeShape(reading.shape)}` : ''}`
      : reading?.is === 'absent'
        ? 'holds no key yet (a rotation would make the first one)'
        : `cannot be read: ${reading?.failure.message ?? 'no answer'}`
  if (reading?.is === 'failed')
    return { ...about, level: 'problem', text: held, nextStep: reading.failure.nextStep }
  if (reading?.is === 'absent' && reading.missing === 'secret') {
    return {
      ...about,
      level: 'problem',
      text: 'the secret does not exist',
      nextStep: 'Create it, empty; Keyrota makes fields but never secrets.',
    }
  }
  const notes = checked?.is === 'ok' ? checked.notes.map((note) => `; ${note}`).join('') : ''
  const assumed = checked?.is === 'ok' && (checked.write === 'assumed' || checked.read === 'assumed')
  return {
    ...about,
    level: assumed ? 'assumed' : 'ok',
    text: `${held}; read ${checked?.is === 'ok' ? checked.read : '?'}, write ${checked?.is === 'ok' ? checked.write : '?'}${notes}`,
  }
}

function reportIssuer(
  key: KeyConfig,
  first: Answers,
  probed: Answers,
  subjects: readonly string[],
): Finding[] {
  const about = { key: key.name, place: key.issuer }
  const found: Finding[] = []
  if (first.list?.is === 'failed') {
    found.push({
      ...about,
      level: 'problem',
      text: first.list.failure.message,
      nextStep: first.list.failure.nextStep,
    })
  } else if (first.list) {
    found.push({ ...about, level: 'ok', text: `lists ${first.list.keys.length} live keys` })
  }
  const garbage = probed.probe?.garbage
  if (garbage?.verdict === 'accepted') {
    found.push({
      ...about,
      level: 'problem',
      text: 'the probe accepts a garbage key, so it proves nothing',
      nextStep: 'Correct the probe before anything is rotated.',
    })
  } else if (garbage?.verdict !== 'rejected') {
    found.push({
      ...about,
      level: 'unavailable',
      text: `the probe gives no verdict on a garbage key: ${garbage?.why ?? garbage?.status ?? 'no answer'}`,
    })
  } else found.push({ ...about, level: 'ok', text: 'the probe refuses a garbage key' })
  for (const subject of subjects) {
    const answer = probed.probe?.subjects[subject]
    const level =
      answer?.verdict === 'accepted' ? 'ok' : answer?.verdict === 'rejected' ? 'problem' : 'unavailable'
    found.push({
      ...about,
      level,
      text: `the key ${subject} is ${answer?.verdict ?? 'unknown'}${answer?.mayHaveBilled ? '; the probe may have been billed' : ''}`,
    })
  }
  return found
}

function reportConsumers(key: KeyConfig, probed: Answers): Finding[] {
  return Object.entries(probed.consumers).map(([name, answer]) => {
    const about = { key: key.name, place: name }
    if (answer.is === 'failed')
      return {
        ...about,
        level: 'unavailable',
        text: answer.failure.message,
        nextStep: answer.failure.nextStep,
      }
    const { is, why, fingerprint } = answer.readiness
    const level = is === 'ready' ? 'ok' : is === 'failed' ? 'problem' : 'unavailable'
    return {
      ...about,
      level,
      text: `${is}${why ? `: ${why}` : ''}${fingerprint ? `; runs with ${fingerprint}` : '; reports no fingerprint'}`,
    }
  })
}
