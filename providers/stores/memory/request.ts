/** One request to a store in memory, with the fault that hits it. */
import type { Call } from '../../../src/contracts/call.ts'
import { LeaseOverError, ProviderError, type ProviderErrorDetails } from '../../../src/contracts/errors.ts'
import { waitForAbort } from '../../shared/memory/imagined-service.ts'
import type { Verb } from './faults.ts'
import type { StoreSpace } from './space.ts'

/** One verb of one store, under way. */
export interface Request {
  readonly space: StoreSpace
  readonly provider: string
  readonly verb: Verb
  readonly secret: string
  readonly call: Call
  /** A change was sent already: from here on nothing ends with `effect: none`. */
  changed: boolean
}

/** An error of this store; `none` unless said otherwise. */
export function failure(
  request: Pick<Request, 'provider'>,
  details: Omit<ProviderErrorDetails, 'provider' | 'effect'> & { effect?: 'none' | 'unknown' },
): ProviderError {
  return new ProviderError({ effect: 'none', ...details, provider: request.provider })
}

/** Asks the space for something without changing it. */
export async function look<T>(request: Request, answer: () => T): Promise<T> {
  await send(request)
  await hangIfInjected(request)
  return answer()
}

/** Asks the space to change something; `answer` runs in one turn, so nothing comes in between. */
export async function change<T>(request: Request, answer: () => T): Promise<T> {
  await send(request)
  const { space, secret } = request
  request.changed = true
  await hangIfInjected(request)
  const foreign = space.takeFault(request, 'foreign-write')
  if (foreign) space.foreignWrite(secret, foreign.content)
  const late = space.takeFault(request, 'land-late')
  if (late) {
    space.deferChange(late.ms, answer)
    throw lostAnswer(request)
  }
  const answered = answer()
  if (space.takeFault(request, 'lose-answer')) throw lostAnswer(request)
  return answered
}

/** Everything that comes before the other side does anything: abort, lease, refusals, late changes of earlier calls. */
async function send(request: Request): Promise<void> {
  const { call, space, verb } = request
  if (call.signal.aborted) throw lostAnswer(request)
  try {
    call.beforeSend()
  } catch (cause) {
    if (!(cause instanceof LeaseOverError) || !request.changed) throw cause
    throw lostAnswer(request, cause)
  }
  await space.receive(verb)
  const refused = space.takeFault(request, 'refuse')
  if (!refused) return
  throw failure(request, {
    code: refused.code,
    message: `${verb} was refused (${refused.code})`,
    effect: request.changed ? 'unknown' : 'none',
    retryAfterMs: refused.retryAfterMs,
    nextStep: 'Take the injected fault away, or wait until it is used up.',
  })
}

function lostAnswer(request: Request, cause?: unknown): ProviderError {
  return failure(request, {
    code: 'unavailable',
    message: `no response to ${request.verb}`,
    effect: request.changed ? 'unknown' : 'none',
    nextStep: 'Check what exists before you try again.',
    cause,
  })
}

async function hangIfInjected(request: Request): Promise<void> {
  if (!request.space.takeFault(request, 'hang')) return
  await waitForAbort(request.call.signal)
  throw lostAnswer(request)
}
