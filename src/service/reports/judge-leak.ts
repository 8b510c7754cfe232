/** What is done about a managed key that was reported leaked, and what people are told. Pure. */
import type { KeyConfig } from '../../contracts/config.ts'
import type { NotifyEvent } from '../../contracts/notifier.ts'
import type { ReportPolicy } from '../../contracts/receiver.ts'
import { quoteWord } from '../../contracts/shell-word.ts'
import type { Leak } from '../leaks/identify.ts'
import type { LeakDocument, ReportDocument, Words } from './documents.ts'

export type Did = LeakDocument['keys'][string]['did']

export interface Judged {
  does: 'nothing' | 'tell' | 'ask' | 'rotate'
  /** Why it is not what the policy says. */
  why?: string
}

const RANK: Readonly<Record<Did, number>> = { told: 1, asked: 2, rotated: 3 }
const DONE = { tell: 'told', ask: 'asked', rotate: 'rotated' } as const satisfies Record<string, Did>

/** `did`: what was done before about the same value at the same key. */
export function judgeLeak(about: {
  leak: Pick<Leak, 'lives' | 'leaked'>
  policy: ReportPolicy
  did: Did | undefined
  key: Pick<KeyConfig, 'observe'> | undefined
  rotatedToday: number
}): Judged {
  const wanted = wantedOf(about)
  if (wanted.does === 'nothing' || about.did === undefined) return wanted
  return RANK[about.did] >= RANK[DONE[wanted.does]] ? { does: 'nothing', why: 'it was done already' } : wanted
}

function wantedOf({ leak, policy, key, rotatedToday }: Parameters<typeof judgeLeak>[0]): Judged {
  if (leak.lives === 'no') return { does: 'tell' }
  if (policy.does !== 'rotate') return { does: policy.does }
  if (leak.leaked === null) return { does: 'ask', why: 'a rotation would not end this one' }
  if (key === undefined) return { does: 'ask', why: 'the config no longer has the key' }
  if (key.observe) return { does: 'ask', why: 'the key is only observed' }
  if (rotatedToday >= policy.rotationsPerDay)
    return { does: 'ask', why: `reports have started ${rotatedToday} rotations within 24 hours` }
  return { does: 'rotate' }
}

export function doneBy(does: 'tell' | 'ask' | 'rotate'): Did {
  return DONE[does]
}

const STATES: Readonly<Record<Leak['state'], string>> = {
  current: 'the key in use',
  new: 'the new key of a rotation that runs',
  kept: 'the key that the next rotation goes on with',
  debt: 'a key that nobody uses and that a person has to delete',
  held: 'a value that a target holds',
  revoked: 'an old key, which is revoked',
  dead: 'an old key, which is dead',
  'not-revoked': 'an old key, which was not revoked',
  'handed-over': 'an old key, which other managed keys used',
  unknown: 'an old key of which nothing is known',
}

export function eventOf(
  leak: Leak,
  judged: Judged & { does: 'tell' | 'ask' | 'rotate' },
  about: {
    report: Pick<ReportDocument, 'receiver' | 'at' | 'policy'>
    words: Words | undefined
    at: number
  },
): NotifyEvent {
  const { report, words, at } = about
  const isDead = leak.lives === 'no'
  return {
    at,
    level: isDead ? 'info' : judged.does === 'ask' ? 'alarm' : 'warning',
    key: leak.key,
    ...(leak.rotation === null ? {} : { rotation: leak.rotation }),
    kind: 'leak-reported',
    message: `${leak.key}: ${report.receiver} reports that ${STATES[leak.state]} (${leak.fingerprint}) leaked${endOf(judged, isDead)}`,
    ...commandOf(leak, judged, report),
    evidence: evidenceOf(report, words),
  }
}

function endOf({ does, why }: Judged, isDead: boolean): string {
  if (isDead) return '; it opens nothing any more'
  if (does === 'rotate') return '; it is being replaced without an overlap'
  if (does === 'ask') return `; a person has to decide${why === undefined ? '' : `: ${why}`}`
  return ''
}

function commandOf(
  leak: Leak,
  { does }: Judged,
  { policy }: Pick<ReportDocument, 'policy'>,
): { command?: string } {
  if (does === 'rotate') return { command: `keyrota status ${quoteWord(leak.key)}` }
  if (leak.step === null) return {}
  const isKilled = leak.leaked !== null && policy.killAfterMs !== undefined
  return { command: `${leak.step.command}${isKilled ? ` --kill-by ${policy.killAfterMs}ms` : ''}` }
}

function evidenceOf({ at }: Pick<ReportDocument, 'at'>, words: Words | undefined): string[] {
  const { url, source, reporter } = words ?? {}
  return [
    `reported at ${new Date(at).toISOString()}`,
    ...(url === undefined ? [] : [`where: ${url}`]),
    ...(source === undefined ? [] : [`by: ${source}`]),
    ...(reporter === undefined ? [] : [`reporter: ${reporter}`]),
  ]
}
