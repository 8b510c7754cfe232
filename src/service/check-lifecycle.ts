/** What `check` says about the lifecycle of an issuer's keys: what it cannot do, and whether its answers can be believed. */
import { isPassing } from '../contracts/errors.ts'
import { lifecycleRules } from '../contracts/lifecycle.ts'
import type { KeyRecord, Pin } from '../contracts/record.ts'
import { showsKey } from '../contracts/secret-in-ref.ts'
import { describeLimits } from '../workflow/keys/before-create.ts'
import type { Answers, Question } from '../workflow/words/questions.ts'

interface Said {
  level: 'ok' | 'problem' | 'unavailable'
  text: string
  nextStep?: string
}

/** The list where there is one, and the current key where keys are replaced in place. */
export function questionsOfLifecycle({ issuer }: Pin): Question[] {
  const { isListed, createAgain } = lifecycleRules(issuer)
  return [
    ...(isListed ? [{ ask: 'list' as const }] : []),
    ...(createAgain === 'ends-old' && issuer.canReadBack ? [{ ask: 'read-back' as const }] : []),
  ]
}

/** The id of the key in use, where no record knows it: what the list is held against. */
export function questionsOfControl(
  { issuer }: Pin,
  { current }: Pick<KeyRecord, 'current'>,
  subjects: readonly string[],
): Question[] {
  const [fingerprint] = subjects
  if (current?.ref || fingerprint === undefined || !issuer.canIdentify) return []
  return [{ ask: 'identify', fingerprint }]
}

export function describeLifecycle(
  pin: Pin,
  answers: Answers,
  { current }: Pick<KeyRecord, 'current'>,
): Said[] {
  const limits = describeLimits({ pin }).map((text): Said => ({ level: 'ok', text }))
  return [...sayList(pin, answers, current), ...sayCurrent(answers, current), ...limits]
}

/** The key that has to be in the list: the one Keyrota knows, else the one that the issuer knows by a value found. */
function sayList(pin: Pin, { list, identified, probe }: Answers, current: KeyRecord['current']): Said[] {
  if (!list) return []
  if (list.is === 'failed') {
    const { message, nextStep } = list.failure
    return [{ level: 'problem', text: message, nextStep }]
  }
  const text = `lists ${list.keys.length} live keys`
  const nextStep = `Correct \`list.items\` and \`list.id\` in the config of ${pin.issuer.name}.`
  const accepted = Object.values(probe?.subjects ?? {}).some(({ verdict }) => verdict === 'accepted')
  if (list.keys.length === 0 && accepted) {
    return [{ level: 'problem', text: `${text}, although the key in use is accepted`, nextStep }]
  }
  const known = current?.ref ? current : identified?.is === 'ok' ? { ref: identified.ref } : null
  if (!known) return [{ level: 'ok', text: `${text}; which of them is the key in use is not known` }]
  if (showsKey(list.keys, known)) return [{ level: 'ok', text: `${text}, the key in use among them` }]
  const missing = `the key in use (${known.ref?.id}) is not among them: it proves nothing about other keys`
  return [{ level: 'problem', text: `${text}, and ${missing}`, nextStep }]
}

function sayCurrent({ readBack }: Answers, current: KeyRecord['current']): Said[] {
  if (!readBack) return []
  if (readBack.is === 'failed') {
    const { message, nextStep } = readBack.failure
    return [{ level: isPassing(readBack.failure) ? 'unavailable' : 'problem', text: message, nextStep }]
  }
  if (!current) return []
  const { fingerprint } = readBack
  if (fingerprint === current.fingerprint) return [{ level: 'ok', text: 'the key in use is the current one' }]
  return [
    {
      level: 'problem',
      text: `its current key is ${fingerprint}, and not the one in use (${current.fingerprint}), which it has replaced`,
      nextStep: 'Rotate: the rotation continues with the current key and creates none.',
    },
  ]
}
