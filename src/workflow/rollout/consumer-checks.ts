import { isPassing } from '../../contracts/errors.ts'
import { nextTry } from '../words/pace.ts'
import type { Question } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { block, type Next, note, type Turn, waitBounded } from '../words/turn.ts'

/* Whether every consumer can take the new key, asked before a key is created. */

export function questionsOfConsumerChecks(turn: Turn): Question[] {
  return turn.rotation.pin.consumers.map(({ name }) => ({ ask: 'consumer-check', consumer: name }))
}

/**
 * A consumer that cannot be restarted would be found out only when the new key is everywhere. A leaked key is replaced
 * all the same: then each problem is noted, and the rotation waits for that consumer later.
 */
export function judgeConsumerChecks(turn: Turn): Next | null {
  for (const { name } of turn.rotation.pin.consumers) {
    const check = turn.answers.consumerChecks?.[name]
    if (!check || turn.rotation.compromised) continue
    if (check.is === 'failed') {
      const { failure } = check
      if (!isPassing(failure))
        return block(turn, reasons.consumerRefused, `${name}: ${failure.message}. ${failure.nextStep}`)
      const until = nextTry(turn.rotation, 'preflight', turn.now, failure.retryAfterMs)
      return waitBounded(turn, until, reasons.consumerDown, `${name}: ${failure.message}`)
    }
    if (check.problems.length > 0)
      return block(
        turn,
        reasons.consumerRefused,
        `${name}: ${check.problems.map(({ text, nextStep }) => `${text}. ${nextStep}`).join(' ')}`,
      )
  }
  return null
}

/** What a person should know about the consumers, once nothing keeps the rotation from its start. */
export function noteConsumerChecks(turn: Turn): void {
  for (const [name, check] of Object.entries(turn.answers.consumerChecks ?? {})) {
    const said =
      check.is === 'failed'
        ? [check.failure.message]
        : [...check.problems.map(({ text }) => text), ...check.notes]
    if (said.length > 0) note(turn, 'noted', `${name}: ${said.join('; ')}`)
  }
}
