import type { Call } from '../../../src/contracts/call.ts'
import { LeaseOverError, ProviderError, type ProviderErrorDetails } from '../../../src/contracts/errors.ts'
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
export async function look<T>(request: Request, effect: () => T): Promise<T> {
  await send(request)
  if (takeFault(request, 'hang')) await waitForAbort(request)
  return effect()
}

/** Asks the space to change something; `effect` runs in one turn, so nobody comes in between. */
export async function change<T>(request: Request, effect: () => T): Promise<T> {
  await send(request)
  const { space, secret } = request
  request.changed = true
  if (takeFault(request, 'hang')) await waitForAbort(request)
  const foreign = takeFault(request, 'foreign-write')
  if (foreign) space.foreignWrite(secret, foreign.content)
  const late = takeFault(request, 'land-late')
  if (late) {
    space.deferEffect(space.now() + late.ms, () => landQuietly(effect))
    throw lostAnswer(request)
  }
  const answer = effect()
  if (takeFault(request, 'lose-answer')) throw lostAnswer(request)
  return answer
}

/** Everything that comes before the other side does anything: abort, lease, refusals, late effects of earlier calls. */
async function send(request: Request): Promise<void> {
  const { call, space, verb } = request
  if (call.signal.aborted) throw lostAnswer(request)
  try {
    call.beforeSend()
  } catch (cause) {
    if (!(cause instanceof LeaseOverError) || !request.changed) throw cause
    throw lostAnswer(request, cause)
  }
  space.calls[verb] = (space.calls[verb] ?? 0) + 1
  // A real request never answers in the same turn of the event loop either.
  await new Promise((resolve) => setImmediate(resolve))
  space.landEffects()
  const refused = takeFault(request, 'refuse')
  if (!refused) return
  throw failure(request, {
    code: refused.code,
    message: `${verb} was refused (${refused.code})`,
    effect: request.changed ? 'unknown' : 'none',
    retryAfterMs: refused.retryAfterMs,
    nextStep: 'Take the injected fault away, or wait until it is used up.',
  })
}

function takeFault<K extends Parameters<StoreSpace['takeFault']>[0]>(request: Request, kind: K) {
  return request.space.takeFault(kind, request.verb, request.secret)
}

function lostAnswer(request: Request, cause?: unknown): ProviderError {
  return failure(request, {
    code: 'unavailable',
    message: `no answer to ${request.verb}`,
    effect: request.changed ? 'unknown' : 'none',
    nextStep: 'Look what is there before trying again.',
    cause,
  })
}

async function waitForAbort(request: Request): Promise<never> {
  const { signal } = request.call
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  throw lostAnswer(request)
}

/** What lands after its caller has gone is refused without anybody hearing of it. */
function landQuietly(effect: () => unknown): void {
  try {
    effect()
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
  }
}
