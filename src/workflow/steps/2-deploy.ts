import { bothKeys } from '../keys/attempts.ts'
import { judgeDeployed } from '../rollout/acceptance.ts'
import { judgeEveryTarget } from '../rollout/every-target.ts'
import { ledgerOf, settledAt } from '../rollout/ledger.ts'
import { allReadBack } from '../rollout/placement.ts'
import { decideConsumers, questionsOfConsumers } from '../rollout/restarts.ts'
import { type Question, readableTargets } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { type Next, type Turn, wait } from '../words/turn.ts'

/** The value goes to every target, is read back, settles, is probed; only then are consumers restarted. */
export function questions(turn: Turn): Question[] {
  const { rotation } = turn
  const asked = readableTargets(rotation)
  if (!allReadBack(turn) || turn.now < settledAt(turn)) return asked
  return [...asked, { ask: 'probe', subjects: bothKeys(rotation) }, ...questionsOfConsumers(turn, 'new')]
}

export { beginDeploy as begin } from '../rollout/placement.ts'

export function decide(turn: Turn): Next {
  const stopped = judgeEveryTarget(turn)
  if (stopped) return stopped
  const settled = settledAt(turn)
  if (turn.now < settled)
    return wait(
      turn,
      settled,
      reasons.settling,
      'every target holds the new key; waiting for the stores to settle',
    )
  if (!turn.answers.probe) return { do: 'ask' }
  return judgeDeployed(turn) ?? decideConsumers(turn, 'new') ?? finishDeploy(turn)
}

function finishDeploy(turn: Turn): Next {
  const { rotation } = turn
  const held = rotation.pin.targets.map(
    (target) => `${target.id} (version ${ledgerOf(turn, target.id).version ?? 'unread'})`,
  )
  // With a restart, the commit of its intent carried these outcomes already.
  const isCommitted = rotation.pin.consumers.some((consumer) => consumer.restarts)
  const why = `deployed to ${held.join(', ')}`
  return { do: 'enter', step: 'validate', why, after: isCommitted ? 'ask' : 'commit' }
}
