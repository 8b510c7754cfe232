import type { Call } from '../../../../src/contracts/call.ts'
import { LeaseOverError, ProviderError } from '../../../../src/contracts/errors.ts'
import { toTransportError } from '../../../shared/http/errors.ts'

/** Work that is done once for all who ask for it while it runs. */
export interface SharedWork<T> {
  /** Starts the work, or waits for the one that runs. A caller that aborts returns at once and leaves the work to the others. */
  join(call: Call): Promise<T>
  /** Starts nothing more and waits for what still runs, which is given up when the signal aborts. */
  close(limit: AbortSignal): Promise<void>
}

/** `what`: its name in errors. The work is given a signal of its own, which no caller's abort reaches. */
export function shareWork<T>(
  about: { provider: string; what: string },
  work: (call: Call) => Promise<T>,
): SharedWork<T> {
  let closed = false
  let running: { ends: Promise<T>; stop: AbortController } | undefined

  function start(call: Call): Promise<T> {
    if (closed) throw makeClosedError(about.provider)
    const stop = new AbortController()
    const mine = { stop, ends: work({ signal: stop.signal, beforeSend: call.beforeSend }) }
    running = mine
    const clear = () => {
      if (running === mine) running = undefined
    }
    mine.ends.then(clear, clear)
    return mine.ends
  }

  return {
    async join(call) {
      for (;;) {
        const joined = running?.ends
        try {
          return await waitUnlessAborted(about, call.signal, () => joined ?? start(call))
        } catch (error) {
          // The lease that was over is that of the caller who started it.
          if (joined === undefined || !(error instanceof LeaseOverError)) throw error
        }
      }
    },
    async close(limit) {
      closed = true
      const last = running
      if (last === undefined) return
      const giveUp = () => last.stop.abort()
      limit.addEventListener('abort', giveUp, { once: true })
      await Promise.allSettled([last.ends])
      limit.removeEventListener('abort', giveUp)
    },
  }
}

async function waitUnlessAborted<T>(
  about: { provider: string; what: string },
  signal: AbortSignal,
  begin: () => Promise<T>,
): Promise<T> {
  const subject = { provider: about.provider, about: about.what, mutates: false }
  if (signal.aborted) throw toTransportError(subject, { happened: 'stopped before it was sent', sent: false })
  const aborted = Promise.withResolvers<never>()
  const stop = () =>
    aborted.reject(toTransportError(subject, { happened: 'stopped before the answer came', sent: true }))
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([begin(), aborted.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function makeClosedError(provider: string): ProviderError {
  return new ProviderError({
    code: 'unavailable',
    provider,
    message: 'the store was closed',
    effect: 'none',
    nextStep: 'Start Keyrota again.',
  })
}
