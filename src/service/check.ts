/** The verb `check`: access to every target and issuer, and whether every probe can be trusted. */
import type { KeyConfig } from '../contracts/config.ts'
import { isPassing } from '../contracts/errors.ts'
import type { KeyRef, ProbeAnswer } from '../contracts/key-issuer.ts'
import { showsKey } from '../contracts/listing.ts'
import { type KeyRecord, newRecord } from '../contracts/record.ts'
import { quoteWord } from '../contracts/shell-word.ts'
import { canBeKey, describeShape } from '../contracts/value-shape.ts'
import { ask } from '../engine/ask.ts'
import { takeAtHand } from '../engine/at-hand.ts'
import { refuseForeign } from '../engine/installation.ts'
import { toFailure } from '../engine/limit-call.ts'
import { pinKey } from '../engine/pin.ts'
import { describeOthers } from '../workflow/between/first-key.ts'
import type { Answers, Question } from '../workflow/words/questions.ts'
import { reportBlackouts } from './check-calendar.ts'
import { reportConsumers } from './check-consumers.ts'
import { describeLifecycle, questionsOfLifecycle } from './check-lifecycle.ts'
import { type Checked, type Finding, indexHeld, reportSharing } from './check-sharing.ts'
import { type Context, keyOf, ServiceError } from './context.ts'
import { checkMeters } from './usage/check-meters.ts'

export type { Finding } from './check-sharing.ts'

/** Access to every target and issuer, and the soundness of every probe; asks only, changes nothing. */
export async function check(context: Context, names: readonly string[]): Promise<Finding[]> {
  const keys = names.length > 0 ? names.map((name) => keyOf(context, name)) : [...context.keys.values()]
  const checked: Checked[] = []
  for (const key of keys) checked.push(await checkKey(context, key, { alone: names.length > 0 }))
  const held = indexHeld(checked)
  const shared = checked.flatMap((one) => [...one.findings, ...reportSharing(one, held)])
  const beside = names.length > 0 ? [] : await reportSecrets(context)
  return [...shared, ...(await checkMeters(context, keys)), ...beside]
}

/** Of those whom nothing else here asks. */
async function reportSecrets({ checkSecrets }: Context): Promise<Finding[]> {
  const troubles = (await checkSecrets?.()) ?? []
  return troubles.map((trouble) => ({ key: '-', level: 'problem', ...trouble }))
}

/** These keys one after the other; what is held elsewhere is known from their records alone. */
export async function checkKeys(context: Context, keys: readonly KeyConfig[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const key of keys) {
    if (context.stop.aborted) break
    findings.push(...(await checkKey(context, key, { alone: false })).findings)
  }
  return findings
}

/** `alone`: not every key of the config is checked, so those that were never looked at are read for what they share. */
async function checkKey(context: Context, key: KeyConfig, { alone }: { alone: boolean }): Promise<Checked> {
  const atHand = takeAtHand(context, key.name)
  try {
    const pin = await pinKey(context.providers, key)
    const { record } = await context.journal.load(key.name)
    if (record) refuseForeign(record, context.installation)
    const shown = record ?? newRecord(key.name, context.installation)
    const subject = { record: shown, pin }
    const places = pin.targets.flatMap((target): Question[] => [
      { ask: 'check', target: target.id },
      { ask: 'target', target: target.id },
    ])
    const first = await ask(atHand, subject, [...places, ...questionsOfLifecycle(pin)])
    const subjects = atHand.values.fingerprints()
    const probed = await ask(atHand, subject, [
      { ask: 'probe', subjects },
      ...subjects.map((fingerprint): Question => ({ ask: 'holders', fingerprint, unseen: alone })),
      ...pin.consumers.flatMap(({ name }): Question[] => [
        { ask: 'consumer', consumer: name, mark: '', after: 0 },
        { ask: 'consumer-check', consumer: name },
      ]),
    ])
    const findings = [
      ...pin.targets.map((target) => reportTarget(key, target.id, first, shown)),
      ...describeLifecycle(pin, first, shown).map((said) => ({
        ...{ key: key.name, place: key.issuer },
        ...said,
      })),
      ...reportIssuer(key, first, probed, { subjects, record: shown }),
      ...reportConsumers(key, probed),
      ...reportBlackouts(key, context.clock.wallMs()),
    ]
    return { key: key.name, findings, readings: first.targets, holders: probed.holders }
  } catch (error) {
    if (error instanceof ServiceError) {
      const { message: text, nextStep } = error
      const finding = { key: key.name, place: key.name, level: 'problem', text, nextStep } as const
      return { key: key.name, findings: [finding], readings: {}, holders: {} }
    }
    const { message: text, nextStep } = toFailure(error, key.issuer)
    const finding = { key: key.name, place: key.name, level: 'problem', text, nextStep } as const
    return { key: key.name, findings: [finding], readings: {}, holders: {} }
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
        ? `holds no key yet${describeOthers(Object.values(fieldsOf(key, id)), reading)}`
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
  if (reading?.is === 'absent' && !key.first) {
    const command = `keyrota rotate ${quoteWord(key.name)} --first`
    const nextStep = record.current
      ? `Put the key back, or have a new one created: keyrota rotate ${quoteWord(key.name)}`
      : `Correct the field in the target, or have the first key created: ${command}`
    return { ...about, level: 'problem', text: held, nextStep }
  }
  const notes = checked?.is === 'ok' ? checked.notes.map((note) => `; ${note}`).join('') : ''
  const assumed = checked?.is === 'ok' && (checked.write === 'assumed' || checked.read === 'assumed')
  return {
    ...about,
    level: assumed ? 'assumed' : 'ok',
    text: `${held}; read ${checked?.is === 'ok' ? checked.read : '?'}, write ${checked?.is === 'ok' ? checked.write : '?'}${notes}`,
  }
}

function fieldsOf(key: KeyConfig, id: string): Readonly<Record<string, string | null>> {
  return key.targets.find((target) => target.id === id)?.fields ?? {}
}

/** A list without the key that must be in it proves of no other key that it is gone. */
function judgeList(
  keys: readonly KeyRef[],
  { current }: KeyRecord,
  probed: Answers,
): Pick<Finding, 'level' | 'text' | 'nextStep'> {
  const accepted = Object.entries(probed.probe?.subjects ?? {}).filter(
    ([, one]) => one.verdict === 'accepted',
  )
  const [fingerprint] = accepted.find(([one]) => one === current?.fingerprint) ?? accepted[0] ?? []
  const ref = fingerprint === current?.fingerprint ? current?.ref : undefined
  const count = `${keys.length} live ${keys.length === 1 ? 'key' : 'keys'}`
  if (fingerprint === undefined) return { level: 'ok', text: `lists ${count}` }
  if (showsKey(keys, { ref, fingerprint }))
    return { level: 'ok', text: `lists ${count}, the key in use among them` }
  const isTold = ref !== undefined || keys.some((one) => one.fingerprint !== undefined)
  if (keys.length > 0 && !isTold)
    return { level: 'ok', text: `lists ${count}; the id of the key in use is not known` }
  return {
    level: 'problem',
    text: `lists ${count}, but not the key in use (${ref?.id ?? fingerprint}), which is accepted: that a key is missing from this list proves nothing`,
    nextStep:
      'Correct the list of this issuer (items, id, pages); check --issue shows it with a key of its own.',
  }
}

function reportIssuer(
  key: KeyConfig,
  first: Answers,
  probed: Answers,
  { subjects, record }: { subjects: readonly string[]; record: KeyRecord },
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
    found.push({ ...about, ...judgeList(first.list.keys, record, probed) })
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
      text: `the probe gives no verdict on a garbage key${describeAnswer(garbage)}`,
    })
  } else found.push({ ...about, level: 'ok', text: 'the probe refuses a garbage key' })
  for (const subject of subjects) {
    const answer = probed.probe?.subjects[subject]
    const level =
      answer?.verdict === 'accepted' ? 'ok' : answer?.verdict === 'rejected' ? 'problem' : 'unavailable'
    found.push({
      ...about,
      level,
      text: `the key ${subject} is ${answer?.verdict ?? 'unknown'}${level === 'ok' ? '' : describeAnswer(answer)}${answer?.mayHaveBilled ? '; the probe may have been billed' : ''}`,
    })
  }
  return found
}

/** The reason of a verdict, and what would have been another one. */
function describeAnswer(answer: ProbeAnswer | undefined): string {
  if (!answer) return ': no answer'
  const { status, why, expected } = answer
  const seen = why ?? (status === undefined ? 'no answer' : `status ${status}`)
  return `: ${seen}${expected ? `; expected ${expected}` : ''}`
}
