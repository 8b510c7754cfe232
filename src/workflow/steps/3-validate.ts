import { bothKeys, newFingerprint } from '../keys/attempts.ts'
import { describeProbe, extendStreak, isConfirmedStreak } from '../keys/verdicts.ts'
import { judgeDeployed } from '../rollout/acceptance.ts'
import { judgeEveryTarget } from '../rollout/every-target.ts'
import { allReadBack } from '../rollout/placement.ts'
import { decideConsumers, questionsOfConsumers } from '../rollout/restarts.ts'
import type { Question } from '../words/questions.ts'
import { readableTargets } from '../words/questions.ts'
import { type Next, note, type Turn } from '../words/turn.ts'

/** Consumers prove what they run with; what the targets hold is read again and probed until it is confirmed. */
export function questions(turn: Turn): Question[] {
  const { rotation } = turn
  const probe: Question = { ask: 'probe', subjects: bothKeys(rotation) }
  // The targets were read at the head of this streak; the confirmations that follow are about the key.
  if (rotation.streaks.validated && allReadBack(turn)) return [probe]
  return [...readableTargets(rotation), probe, ...questionsOfConsumers(turn, 'new')]
}

export function decide(turn: Turn): Next {
  if (!turn.rotation.streaks.validated) {
    const held = judgeEveryTarget(turn) ?? decideConsumers(turn, 'new')
    if (held) return held
  }
  const stopped = judgeDeployed(turn)
  if (stopped) {
    extendStreak(turn, 'validated', null)
    return stopped
  }
  const streak = extendStreak(turn, 'validated', 'accepted')
  if (!streak || !isConfirmedStreak(turn, streak, 0)) return { do: 'ask' }
  return validated(turn)
}

function validated(turn: Turn): Next {
  const { rotation } = turn
  const proofs = Object.fromEntries(
    rotation.pin.consumers.map((one) => [one.name, rotation.consumers[one.name]?.proof ?? 'none']),
  )
  note(turn, 'validated', 'the new key is accepted and in use', {
    probe: describeProbe(turn.answers.probe, newFingerprint(rotation) ?? ''),
    proofs,
  })
  if (!rotation.old) return { do: 'finish', end: 'completed' }
  return { do: 'begin', step: 'revoke', why: 'validated; the overlap begins' }
}
