/**
 * The dead man's switch: an address is called as long as this installation does its work, and whoever watches that
 * address notices when it stops. Work is done when the journal can be read, the config is sound and the loop turns. A
 * blocked key is no fault of Keyrota's: notifiers and metrics tell of it, and a heartbeat that stopped for it would hide
 * the one thing that nothing else can tell.
 */
import { LeaseOverError, ProviderError, ServiceError } from '../contracts/errors.ts'
import type { Chore } from './chore.ts'
import type { Context } from './context.ts'

/** A process that cannot do its work yet is looked at again after this time. */
const AGAIN_MS = 5_000

/** `isGood`: whether this process can do its work. */
export function makeHeartbeat(isGood: () => boolean): Chore {
  return {
    name: 'heartbeat',
    work: async ({ heartbeat, clock, stop }) => {
      if (!heartbeat) return null
      const at = clock.wallMs()
      if (!isGood()) return at + AGAIN_MS
      await heartbeat.beat(stop)
      return at + heartbeat.everyMs
    },
  }
}

/**
 * At the end of a run. What providers and people are the cause of is left out; a journal that fails, or a defect, is not.
 * @returns what went wrong with the call itself, which changes nothing about the run.
 */
export async function beatAfterRun(
  { heartbeat, stop }: Pick<Context, 'heartbeat' | 'stop'>,
  failed: readonly { error: unknown }[],
): Promise<{ key: string; error: unknown }[]> {
  if (!heartbeat || stop.aborted || failed.some(({ error }) => isOurs(error))) return []
  try {
    await heartbeat.beat(stop)
    return []
  } catch (error) {
    return [{ key: 'heartbeat', error }]
  }
}

function isOurs(error: unknown): boolean {
  return !(error instanceof ProviderError || error instanceof ServiceError || error instanceof LeaseOverError)
}
