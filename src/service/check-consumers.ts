import type { KeyConfig } from '../contracts/config.ts'
import { isPassing } from '../contracts/errors.ts'
import type { Answers } from '../workflow/words/questions.ts'
import type { Finding } from './check-sharing.ts'

/** The state of each consumer, and what will keep the key from it. */
export function reportConsumers(key: KeyConfig, probed: Answers): Finding[] {
  return [...reportStates(key, probed), ...reportChecks(key, probed)]
}

function reportStates(key: KeyConfig, probed: Answers): Finding[] {
  return Object.entries(probed.consumers).map(([name, answer]): Finding => {
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

function reportChecks(key: KeyConfig, probed: Answers): Finding[] {
  return Object.entries(probed.consumerChecks ?? {}).flatMap(([name, check]): Finding[] => {
    const about = { key: key.name, place: name }
    if (check.is === 'failed') {
      const { message: text, nextStep } = check.failure
      return [{ ...about, level: isPassing(check.failure) ? 'unavailable' : 'problem', text, nextStep }]
    }
    return [
      ...check.problems.map((problem): Finding => ({ ...about, level: 'problem', ...problem })),
      ...check.notes.map((text): Finding => ({ ...about, level: 'ok', text })),
    ]
  })
}
