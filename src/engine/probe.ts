/** Probes keys, always with a garbage key beside them. */
import type { Random } from '../contracts/clock.ts'
import type { KeyIssuer, ProbeAnswer } from '../contracts/key-issuer.ts'
import { type Material, SecretValue } from '../contracts/secret-value.ts'
import type { ProbeSet } from '../workflow/words/questions.ts'
import type { AtHand, Subject } from './at-hand.ts'
import { fetchValue } from './fetch-value.ts'
import { limitCall, toFailure } from './limit-call.ts'

type Probing = AtHand & Subject

/** Random characters in a garbage key. */
const GARBAGE_LENGTH = 32

/** Probes the garbage key and every subject at the same time, so that the controls are of the same minute. */
export async function probeAll(probing: Probing, subjects: readonly string[]): Promise<ProbeSet> {
  let issuer: KeyIssuer
  try {
    issuer = await probing.world.issuer(probing.pin.issuer.name)
  } catch (error) {
    const why = toFailure(error, probing.pin.issuer.name).message
    return { at: probing.now(), garbage: { verdict: 'unknown', why }, subjects: {} }
  }
  const [garbage, ...answers] = await Promise.all([
    probeGarbage(probing, issuer),
    ...subjects.map(async (fingerprint) => {
      const material = await fetchValue(probing, fingerprint)
      return material
        ? probeOne(probing, issuer, { subject: 'key', material })
        : ({ verdict: 'unknown', why: 'its value cannot be read anywhere' } as const)
    }),
  ])
  const entries = subjects.map(
    (fingerprint, index) => [fingerprint, answers[index] ?? { verdict: 'unknown' as const }] as const,
  )
  const aheadMs = aheadOf([garbage, ...answers], probing.now())
  return {
    ...{ at: probing.now(), garbage, subjects: Object.fromEntries(entries) },
    ...(aheadMs === undefined ? {} : { issuerAheadMs: aheadMs }),
  }
}

/** How far the issuer's clock is ahead, by the response that says least of it. */
function aheadOf(answers: readonly ProbeAnswer[], now: number): number | undefined {
  const all = answers.flatMap(({ dateMs }) => (dateMs === undefined ? [] : [dateMs - now]))
  return all.toSorted((one, other) => Math.abs(one) - Math.abs(other))[0]
}

async function probeOne(
  probing: Probing,
  issuer: KeyIssuer,
  about: { subject: 'key' | 'garbage'; material: Material },
): Promise<ProbeAnswer> {
  const provider = probing.pin.issuer.name
  try {
    const limited = { provider, verb: 'probe', limitMs: probing.pin.policy.callLimitMs }
    const answer = await limitCall(
      probing,
      limited,
      (call) => issuer.probe(about.material, call),
      (given) => (given.verdict === 'unknown' && given.status === 429 ? given : undefined),
    )
    probing.watch?.probed?.(provider, about.subject, answer.verdict)
    return answer
  } catch (error) {
    const failure = toFailure(error, provider)
    probing.watch?.probed?.(provider, about.subject, 'unknown')
    return {
      verdict: 'unknown',
      why: failure.message,
      ...(failure.retryAfterMs ? { retryAfterMs: failure.retryAfterMs } : {}),
    }
  }
}

/** When each issuer refused a garbage key, by the clock that is never set. */
const refusedAtMs = new WeakMap<KeyIssuer, { at: number; answer: ProbeAnswer }>()

/**
 * The negative control. Where the service counts failures, a refusal counts for as long as the issuer says: more garbage
 * could lock the account, or the address, that consumers use.
 */
async function probeGarbage(probing: Probing, issuer: KeyIssuer): Promise<ProbeAnswer> {
  const { garbageEveryMs = 0 } = issuer
  const known = refusedAtMs.get(issuer)
  const now = probing.clock.monotonicMs()
  if (known !== undefined && now < known.at + garbageEveryMs) return known.answer
  const material = issuer.garbage?.() ?? makeGarbage(issuer, probing.random)
  const answer = await probeOne(probing, issuer, { subject: 'garbage', material })
  if (answer.verdict === 'rejected' && garbageEveryMs > 0) refusedAtMs.set(issuer, { at: now, answer })
  else refusedAtMs.delete(issuer)
  return answer
}

/** A value that no issuer has made: the negative control. */
export function makeGarbage(issuer: KeyIssuer, random: Random): Material {
  return Object.fromEntries(
    issuer.traits.parts.map((part) => [part, new SecretValue(`keyrota-control-${random(GARBAGE_LENGTH)}`)]),
  )
}
