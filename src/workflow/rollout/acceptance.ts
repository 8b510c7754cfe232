import { livingOld, newFingerprint } from '../keys/attempts.ts'
import { noteAccepted } from '../keys/seen-accepted.ts'
import { askedPauseMs, describeProbe, extendStreak, isConfirmedStreak, judgeKey } from '../keys/verdicts.ts'
import { nextTry } from '../words/pace.ts'
import { reasons } from '../words/reasons.ts'
import { block, isStuck, type Next, note, type Turn, wait } from '../words/turn.ts'

/** What was read back is probed before a consumer is restarted on it. */
export function judgeDeployed(turn: Turn): Next | null {
  const fingerprint = newFingerprint(turn.rotation) ?? ''
  const verdict = judgeKey(turn.answers.probe, fingerprint, livingOld(turn.rotation))
  if (verdict === 'accepted') {
    delete turn.rotation.streaks.refused
    noteAccepted(turn, fingerprint)
    return null
  }
  if (verdict === 'rejected') {
    const streak = extendStreak(turn, 'refused', 'rejected')
    if (!streak || !isConfirmedStreak(turn, streak, 0)) return { do: 'ask' }
    note(
      turn,
      'verdict',
      'the deployed key is refused while the old one is accepted',
      describeProbe(turn.answers.probe, fingerprint),
    )
    return { do: 'turn-back', why: 'the issuer refused the new key after it was deployed', after: 'end' }
  }
  extendStreak(turn, 'refused', null)
  return noVerdict(turn)
}

/** Without a verdict the rotation neither continues nor turns back. */
export function noVerdict(turn: Turn): Next {
  const { rotation } = turn
  if (isStuck(turn)) {
    return block(
      turn,
      reasons.probeUnknown,
      'the probe has been inconclusive for too long; nothing was revoked',
    )
  }
  const pause = nextTry(rotation, 'probe', turn.now, askedPauseMs(turn.answers.probe))
  return wait(
    turn,
    pause,
    reasons.probeUnknown,
    'the probe is inconclusive; neither continuing nor rolling back',
  )
}
