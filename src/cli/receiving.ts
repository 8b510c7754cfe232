/* `keyrota serve --receive`: takes reports of leaks at an address of their own. */

import type { Listening } from '../http-server/listen-within.ts'
import type { Heard } from '../receive/receive.ts'
import { ServiceError } from '../service/context.ts'
import type { ServeListener, Serving } from '../service/serve/source.ts'
import type { LiveOpened } from './application.ts'

/** The same trouble with a sender is said this often at the most. */
const SAID_EVERY_MS = 600_000
const REPORT = 'report'

export interface ReceiveAbout {
  where: { host: string; port: number }
  opened: LiveOpened
  serving: Pick<Serving, 'ring'>
  listener: ServeListener
}

/** @throws ServiceError `refused` when it cannot listen there */
export async function startReceiving(about: ReceiveAbout): Promise<Listening> {
  const { where, opened, serving, listener } = about
  const [{ listenForReports }, { Reception }] = await Promise.all([
    import('../receive/listen.ts'),
    import('../receive/receive.ts'),
  ])
  const reception = new Reception({
    context: () => opened.context,
    taken: () => serving.ring(REPORT),
    heard: sayOnce(about),
    failed: (receiver, error) => listener.failed?.(`receiver ${receiver}`, error),
  })
  try {
    return await listenForReports(where, reception)
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    throw new ServiceError(
      'refused',
      `cannot listen for leak reports on ${where.host}:${where.port} (${String(error.code)})`,
      'Choose another address with --receive <host:port>, or --receive off.',
    )
  }
}

/** A sender that is refused is most often one that was not set up right, which nobody would see else. */
function sayOnce({ opened, listener }: ReceiveAbout): (heard: Heard) => void {
  const saidAt = new Map<string, number>()
  return (heard) => {
    listener.reportHeard?.(heard)
    const { receiver, result, why } = heard
    if (why === undefined) return
    const now = opened.context.clock.monotonicMs()
    const line = `receiver ${receiver}: a request was ${result === 'unavailable' ? 'put off' : result}: ${why}`
    if (now - (saidAt.get(line) ?? Number.NEGATIVE_INFINITY) < SAID_EVERY_MS) return
    saidAt.set(line, now)
    listener.say?.(line)
  }
}
