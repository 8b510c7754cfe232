import type { KeyConfig } from '../contracts/config.ts'
import { isPassing } from '../contracts/errors.ts'
import type { Answers } from '../workflow/words/questions.ts'
import type { Finding } from './check-sharing.ts'

/** The state of each consumer, and what will keep the key from it. */
export function reportConsumers(key: KeyConfig, probed: Answers): Finding[] {
  return [...reportUnproven(key), ...reportStates(key, probed), ...reportChecks(key, probed)]
}

/** Said before the first rotation, which would wait for a person at its end. */
function reportUnproven({ name, consumers, policy }: KeyConfig): Finding[] {
  if (consumers.length > 0 || policy.quietForMs !== undefined) return []
  const text =
    'no consumer shows which key is in use, so every rotation waits for a person before it revokes; add `consumers`, or declare `quietFor`'
  return [{ key: name, place: name, level: 'assumed', text }]
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
