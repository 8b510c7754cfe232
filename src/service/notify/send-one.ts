/** One attempt of one message, within a limit. */
import type { Ambient } from '../../contracts/clock.ts'
import { ProviderError } from '../../contracts/errors.ts'
import type { Delivered, Notifier, NotifyEvent } from '../../contracts/notifier.ts'
import type { Watcher } from '../../engine/context.ts'

/** How long past its limit a notifier may take to notice the abort before it is left behind. */
const ABORT_GRACE_MS = 1_000

export interface Attempt {
  /** Of the notifier, in the config. */
  name: string
  make(name: string): Promise<Notifier>
  event: NotifyEvent
  id: string
  limitMs: number
}

export type Sent =
  | { is: 'delivered'; said: string | null; durationMs: number }
  | { is: 'failed'; error: unknown }

interface Hand extends Pick<Ambient, 'clock'> {
  readonly stop: AbortSignal
  readonly watch?: Watcher
}

/** Never throws. A notifier that ignores its abort is left behind. */
export async function sendOne({ clock, stop, watch }: Hand, attempt: Attempt): Promise<Sent> {
  const { name, make, event, id, limitMs } = attempt
  const startedAt = clock.monotonicMs()
  const over = new AbortController()
  let cancel = () => {}
  const overdue = new Promise<never>((_, reject) => {
    cancel = clock.after(limitMs, () => {
      over.abort()
      cancel = clock.after(ABORT_GRACE_MS, () => reject(tooLong(name, limitMs)))
    })
  })
  const tell = (code: Parameters<NonNullable<Watcher['called']>>[0]['code']) =>
    watch?.called?.({ provider: name, verb: 'notify', code, durationMs: clock.monotonicMs() - startedAt })
  try {
    const signal = AbortSignal.any([stop, over.signal])
    const sending = async (): Promise<Delivered | null> => (await make(name)).notify(event, { id, signal })
    const delivered = await Promise.race([sending(), overdue])
    tell('ok')
    return { is: 'delivered', said: delivered?.said ?? null, durationMs: clock.monotonicMs() - startedAt }
  } catch (error) {
    tell(error instanceof ProviderError ? error.code : 'unexpected')
    return { is: 'failed', error }
  } finally {
    cancel()
  }
}

function tooLong(provider: string, limitMs: number): ProviderError {
  return new ProviderError({
    code: 'unavailable',
    provider,
    message: `no answer within ${limitMs} ms`,
    effect: 'unknown',
    nextStep: 'Check the network path and the state of the service.',
  })
}
