/*
 * What a set of probes proves. A rejection shows that a key is dead only beside the key in use, which the same probe
 * accepts; an acceptance shows something only beside a garbage key, which the same probe rejects.
 */

import type { ProbeAnswer } from '../../contracts/key-issuer.ts'
import type { PastKey } from '../../contracts/record.ts'
import type { ProbeSet, TargetReading } from '../../workflow/words/questions.ts'

export type Proof = 'proved' | 'not-proved' | 'cannot-tell'

export interface Claim {
  claim: string
  proof: Proof
  why: string
  /** How it was found out. */
  by: 'probe' | 'list' | 'read'
}

export interface Observed {
  sets: readonly ProbeSet[]
  targets: Readonly<Record<string, TargetReading>>
  /** Fingerprint of the key in use, as the journal knows it. */
  current: string
  old: PastKey
  /** Whether the value of the old key was at hand. */
  isOldHeld: boolean
  /** What the issuer's list shows; null: there is no list, or it cannot be believed. */
  listed: { current: boolean; old: boolean } | null
}

export function judgeProof(observed: Observed): Claim[] {
  return [
    judgeGarbage(observed),
    ...Object.keys(observed.targets).map((target) => judgeTarget(observed, target)),
    judgeOld(observed),
  ]
}

/** One claim that is not proved outweighs one of which nothing can be told. */
export function sumUp(claims: readonly Claim[]): Proof {
  const all = claims.map(({ proof }) => proof)
  if (all.includes('not-proved')) return 'not-proved'
  return all.includes('cannot-tell') || all.length === 0 ? 'cannot-tell' : 'proved'
}

function judgeGarbage({ sets }: Observed): Claim {
  const answers = sets.map(({ garbage }) => garbage)
  const about = { claim: 'a key that never was is refused', by: 'probe' } as const
  if (answers.some(({ verdict }) => verdict === 'accepted'))
    return { ...about, proof: 'not-proved', why: 'the probe accepts anything, so it proves nothing' }
  return { ...about, ...asExpected(answers, 'rejected') }
}

function judgeTarget({ sets, targets, current }: Observed, target: string): Claim {
  const about = { claim: `the key in ${target} is accepted`, by: 'probe' } as const
  const reading = targets[target]
  if (reading?.is === 'failed')
    return { ...about, proof: 'cannot-tell', why: reading.failure.message, by: 'read' }
  if (reading?.is !== 'value') return { ...about, proof: 'not-proved', why: 'it holds no key', by: 'read' }
  if (reading.fingerprint !== current)
    return {
      ...about,
      proof: 'not-proved',
      why: `it holds ${reading.fingerprint}, not the key in use`,
      by: 'read',
    }
  return { ...about, ...asExpected(answersFor(sets, current), 'accepted') }
}

function judgeOld({ sets, current, old, isOldHeld, listed }: Observed): Claim {
  const claim = `the old key ${old.fingerprint} is refused`
  if (!isOldHeld) return { claim, by: 'list', ...judgeListed(listed) }
  const about = { claim, by: 'probe' } as const
  const answers = answersFor(sets, old.fingerprint)
  const isSelective = sets.every(({ garbage }) => garbage.verdict === 'rejected')
  if (answers.some(({ verdict }) => verdict === 'accepted'))
    return isSelective
      ? {
          ...about,
          proof: 'not-proved',
          why: `it is accepted${statusOf(answers, 'accepted')}: it still opens what it opened`,
        }
      : { ...about, proof: 'cannot-tell', why: 'it is accepted, and so may anything be' }
  if (old.neverAccepted)
    return {
      ...about,
      proof: 'cannot-tell',
      why: 'it was never seen accepted, so a refusal does not show that it is dead',
    }
  const { proof, why } = asExpected(answers, 'rejected')
  if (proof !== 'proved') return { ...about, proof, why }
  const works = asExpected(answersFor(sets, current), 'accepted')
  if (works.proof !== 'proved')
    return {
      ...about,
      proof: 'cannot-tell',
      why: `it is refused, but so may every key be: the key in use, ${works.why}`,
    }
  return { ...about, proof, why: `${why}, beside the key in use, which is accepted` }
}

/** Without the value no probe can ask. */
function judgeListed(listed: Observed['listed']): Pick<Claim, 'proof' | 'why'> {
  if (!listed)
    return {
      proof: 'cannot-tell',
      why: 'its value can be read nowhere, and the issuer has no list that would show it',
    }
  if (listed.old) return { proof: 'not-proved', why: 'the issuer still lists it' }
  if (!listed.current)
    return {
      proof: 'cannot-tell',
      why: 'the issuer does not list it, nor the key in use, so its list proves nothing',
    }
  return {
    proof: 'proved',
    why: 'the issuer lists the key in use and no longer this one; its value can be read nowhere',
  }
}

function answersFor(sets: readonly ProbeSet[], fingerprint: string): ProbeAnswer[] {
  return sets.map(({ subjects }) => subjects[fingerprint] ?? { verdict: 'unknown', why: 'no answer' })
}

/** Every answer has to be this one. */
function asExpected(
  answers: readonly ProbeAnswer[],
  expected: 'accepted' | 'rejected',
): Pick<Claim, 'proof' | 'why'> {
  const other = answers.find(({ verdict }) => verdict !== expected)
  if (answers.length > 0 && !other)
    return { proof: 'proved', why: `${expected}${statusOf(answers, expected)}` }
  if (other?.verdict === 'unknown' || !other)
    return {
      proof: 'cannot-tell',
      why: `no verdict: ${other?.why ?? (other?.status ? `status ${other.status}` : 'no answer')}`,
    }
  return { proof: 'not-proved', why: `${other.verdict}${statusOf([other], other.verdict)}` }
}

function statusOf(answers: readonly ProbeAnswer[], verdict: string): string {
  const statuses = answers.filter((one) => one.verdict === verdict).flatMap(({ status }) => status ?? [])
  return statuses.length > 0 ? ` (${[...new Set(statuses)].join(', ')})` : ''
}
