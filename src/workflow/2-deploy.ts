import { judgeDeployed } from './acceptance.ts'
import { isKillDue, kill } from './compromised.ts'
import { judgeConfig } from './config-change.ts'
import { bothKeys } from './keys.ts'
import { ledgerOf, settledAt } from './ledger.ts'
import { allReadBack, placeValues } from './placement.ts'
import { type Question, readableTargets } from './questions.ts'
import { judgeRaces } from './race.ts'
import { reasons } from './reasons.ts'
import { decideConsumers, questionsOfConsumers } from './restarts.ts'
import { enter, type Next, type Turn, wait } from './turn.ts'

/** The value goes to every target, is read back, settles, is probed; only then are consumers restarted. */
export function questions(turn: Turn): Question[] {
  const { rotation } = turn
  const asked = readableTargets(rotation)
  if (!allReadBack(turn) || turn.now < settledAt(turn)) return asked
  return [...asked, { ask: 'probe', subjects: bothKeys(rotation) }, ...questionsOfConsumers(turn, 'new')]
}

export { beginDeploy as begin } from './placement.ts'

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
