/** Requests with a limit each, sent again for a while when the API server is slow, busy or away. */
import type { Call } from '../../../src/contracts/call.ts'
import type { Clock } from '../../../src/contracts/clock.ts'
import { isPassing, ProviderError } from '../../../src/contracts/errors.ts'

const SHORTEST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000

export interface Patience {
  readonly clock: Clock
  /** How long one try may take. */
  readonly limitMs: number
  /** How long to try again, pauses included. */
  readonly giveUpMs: number
}

/**
 * `repeat`: `always` what may be sent twice, since what it brings about is the same; `when-refused` what may not: a try
 * without an answer is not made again, and the caller looks first.
 */
export async function sendPatiently<T>(
  { clock, limitMs, giveUpMs }: Patience,
  request: (call: Call) => Promise<T>,
  repeat: 'always' | 'when-refused' = 'always',
): Promise<T> {
  const endsAt = clock.monotonicMs() + giveUpMs
  for (let pauseMs = SHORTEST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await sendLimited({ clock, limitMs }, request)
    } catch (error) {
      if (!(error instanceof ProviderError) || !isPassing(error)) throw error
      const isSure = repeat === 'always' || error.effect === 'none'
      const waitMs = Math.max(pauseMs, error.retryAfterMs ?? 0)
      if (!isSure || clock.monotonicMs() + waitMs >= endsAt) throw error
      await clock.sleep(waitMs)
    }
  }
}

/** One try. */
export async function sendLimited<T>(
  { clock, limitMs }: Pick<Patience, 'clock' | 'limitMs'>,
  request: (call: Call) => Promise<T>,
): Promise<T> {
  const limit = new AbortController()
  const disarm = clock.after(limitMs, () => limit.abort())
  try {
    return await request({ signal: limit.signal, beforeSend: () => undefined })
  } finally {
    disarm()
  }
}
