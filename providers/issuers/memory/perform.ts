/** One request to an issuer in memory, with the fault that hits it. */
import type { Call } from '../../../src/contracts/call.ts'
import { type ErrorCode, ProviderError } from '../../../src/contracts/errors.ts'
import type { ProbeAnswer } from '../../../src/contracts/key-issuer.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import { waitForAbort } from '../../shared/memory/imagined-service.ts'
import type { Verb } from './faults.ts'
import type { MemorySpace } from './space.ts'

/** One issuer's view of its space. */
export interface Account {
  space: MemorySpace
  provider: string
}

const mutating: ReadonlySet<Verb> = new Set<Verb>(['issue', 'revoke', 'endOverlap', 'disable', 'enable'])

const statusOf: Readonly<Record<ErrorCode, number>> = {
  not_found: 404,
  denied: 403,
  conflict: 409,
  throttled: 429,
  unavailable: 503,
  invalid: 400,
  quota: 402,
}

/**
 * One request to the space: looks at the lease, lets late changes happen, then runs `answer` or does what the injected
 * fault says instead.
 * @throws ProviderError as the fault or `answer` says.
 */
export async function perform<T>(at: Account, verb: Verb, call: Call, answer: () => T): Promise<T> {
  await send(at, verb, call)
  const { space } = at
  const refused = space.takeFault({ verb }, 'refuse')
  if (refused)
    throw new ProviderError({
      code: refused.code,
      provider: at.provider,
      message: `${verb} was refused (${refused.code})`,
      effect: 'none',
      retryAfterMs: refused.retryAfterMs,
      nextStep: 'Take the injected fault away, or wait until it is used up.',
    })
  if (space.takeFault({ verb }, 'hang')) {
    await waitForAbort(call.signal)
    throw lostAnswer(at, verb)
  }
  const late = space.takeFault({ verb }, 'land-late')
  if (late) {
    space.deferChange(late.ms, answer)
    throw lostAnswer(at, verb)
  }
  const answered = answer()
  if (space.takeFault({ verb }, 'lose-answer')) throw lostAnswer(at, verb)
  return answered
}

/** One probe. A refusal of the service is a verdict `unknown` with its status. */
export async function probe(at: Account, held: Material, call: Call): Promise<ProbeAnswer> {
  await send(at, 'probe', call)
  const { space } = at
  const refused = space.takeFault({ verb: 'probe' }, 'refuse')
  if (refused) {
    const answer: ProbeAnswer = { verdict: 'unknown', status: statusOf[refused.code], why: refused.code }
    if (refused.retryAfterMs !== undefined) answer.retryAfterMs = refused.retryAfterMs
    return answer
  }
  if (space.takeFault({ verb: 'probe' }, 'hang')) {
    await waitForAbort(call.signal)
    return { verdict: 'unknown', why: 'timeout' }
  }
  const isAccepted = space.accepts(held)
  if (space.takeFault({ verb: 'probe' }, 'lose-answer', 'land-late'))
    return { verdict: 'unknown', why: 'timeout' }
  return isAccepted ? { verdict: 'accepted', status: 200 } : { verdict: 'rejected', status: 401 }
}

async function send(at: Account, verb: Verb, call: Call): Promise<void> {
  if (call.signal.aborted)
    throw new ProviderError({
      code: 'unavailable',
      provider: at.provider,
      message: `${verb} was aborted before it was sent`,
      effect: 'none',
      nextStep: 'Try again.',
    })
  call.beforeSend()
  await at.space.receive(verb)
}

function lostAnswer(at: Account, verb: Verb): ProviderError {
  return new ProviderError({
    code: 'unavailable',
    provider: at.provider,
    message: `no response to ${verb}`,
    effect: mutating.has(verb) ? 'unknown' : 'none',
    nextStep: 'Check what exists before you try again.',
  })
}
