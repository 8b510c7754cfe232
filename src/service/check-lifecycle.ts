/** What `check` says about the lifecycle of an issuer's keys: what it cannot do, and whether its answers can be believed. */
import { isPassing } from '../contracts/errors.ts'
import { lifecycleRules } from '../contracts/lifecycle.ts'
import type { KeyRecord, Pin } from '../contracts/record.ts'
import { describeLimits } from '../workflow/words/lifecycle-limits.ts'
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

export function describeLifecycle(
  pin: Pin,
  answers: Answers,
  { current }: Pick<KeyRecord, 'current'>,
): Said[] {
  const limits = describeLimits(pin.issuer).map((text): Said => ({ level: 'ok', text }))
  return [...sayCurrent(answers, current), ...limits]
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
