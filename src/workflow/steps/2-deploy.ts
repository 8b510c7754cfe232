import { bothKeys } from '../keys/attempts.ts'
import { judgeDeployed } from '../rollout/acceptance.ts'
import { judgeConfig } from '../rollout/config-change.ts'
import { ledgerOf, settledAt } from '../rollout/ledger.ts'
import { allReadBack, placeValues } from '../rollout/placement.ts'
import { judgeRaces } from '../rollout/races.ts'
import { decideConsumers, questionsOfConsumers } from '../rollout/restarts.ts'
import { type Question, readableTargets } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'
import { enter, type Next, type Turn, wait } from '../words/turn.ts'
import { isKillDue, kill } from './kill-by.ts'

/** The value goes to every target, is read back, settles, is probed; only then are consumers restarted. */
export function questions(turn: Turn): Question[] {
  const { rotation } = turn
  const asked = readableTargets(rotation)
  if (!allReadBack(turn) || turn.now < settledAt(turn)) return asked
  return [...asked, { ask: 'probe', subjects: bothKeys(rotation) }, ...questionsOfConsumers(turn, 'new')]
}

export { beginDeploy as begin } from '../rollout/placement.ts'

export function decide(turn: Turn): Next {
  if (isKillDue(turn)) return kill(turn)
  const stopped = judgeConfig(turn) ?? placeValues(turn) ?? judgeRaces(turn)
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
  enter(turn, 'validate', `deployed to ${held.join(', ')}`)
  // With a restart its intent carried these outcomes already.
  return rotation.pin.consumers.some((consumer) => consumer.restarts) ? { do: 'ask' } : { do: 'commit' }
}
