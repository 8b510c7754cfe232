import type { Call } from '../../../src/contracts/call.ts'
import { type HttpSubject, toTransportError } from './errors.ts'

/** Time for one request through a vendor's client and its complete response. */
const limitMs = 30_000

/** Errors of name resolution and connecting: not a byte of the request left this machine. */
const notSentCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/**
 * Makes one request through a vendor's client: looks at the lease, passes a signal on, and answers at once when it
 * aborts, whether or not the client listens to it. `translate` turns what the client throws into a ProviderError;
 * what it threw is never kept as a cause, since clients put request bodies and tokens into their errors.
 * @throws LeaseOverError from `call.beforeSend`: nothing was sent.
 */
export async function callSdk<T>(
  subject: HttpSubject,
  call: Call,
  send: (signal: AbortSignal) => Promise<T>,
  translate: (thrown: unknown) => Error,
): Promise<T> {
  if (call.signal.aborted) {
    throw toTransportError(subject, { happened: 'stopped before it was sent', sent: false })
  }
  call.beforeSend()
  const stop = new AbortController()
  const ended = Promise.withResolvers<never>()
  const end = (happened: string) => {
    ended.reject(toTransportError(subject, { happened, sent: true }))
    stop.abort()
  }
  const onAbort = () => end('stopped before the answer came')
  call.signal.addEventListener('abort', onAbort, { once: true })
  const timer = setTimeout(() => end(`timed out after ${limitMs} ms`), limitMs)
  try {
    const answered = send(stop.signal).catch((thrown: unknown) => {
      throw translate(thrown)
    })
    return await Promise.race([answered, ended.promise])
  } finally {
    clearTimeout(timer)
    call.signal.removeEventListener('abort', onAbort)
  }
}

/** The system's error code (e.g. `ECONNRESET`) in what a client threw, looked for in its causes too. */
export function findErrorCode(thrown: unknown): string | undefined {
  let error: unknown = thrown
  for (let depth = 0; depth < 6 && error instanceof Error; depth += 1) {
    if ('code' in error && typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(error.code)) {
      return error.code
    }
    error = error instanceof AggregateError ? (error.errors[0] as unknown) : error.cause
  }
  return undefined
}

/** Whether a failure with this code came before anything was sent. */
export function isNotSent(code: string | undefined): boolean {
  return code !== undefined && notSentCodes.has(code)
}
