/* Finds the id of a key that has just been created, if the response to its creation has none. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { type ListedKey, listKeys } from './keys.ts'
import type { Api } from './operations.ts'

/** Returns the id of the only key with this name. Tries again once after the list delay. */
export async function lookUpId(api: Api, name: string, call: Call): Promise<string | undefined> {
  const delayMs = parseDurationMs(api.options.listDelay)
  for (const pauseMs of delayMs > 0 ? [0, delayMs] : [0]) {
    const found = await listAfter(api, pauseMs, call).catch((error: unknown) => {
      throw afterCreation(api, error)
    })
    const same = found.filter((key) => key.ref.name === name)
    if (same.length === 1) return same[0]?.ref.id
  }
  return undefined
}

/** Even if the lease is over, a key has been created: only the request for the list was not sent. */
function afterCreation(api: Api, cause: unknown): ProviderError {
  const known = cause instanceof ProviderError ? cause : undefined
  return new ProviderError({
    code: known?.code ?? 'unavailable',
    provider: api.settings.provider,
    message: 'the key was created, but its id could not be found in the list',
    effect: 'unknown',
    nextStep: known?.nextStep ?? 'Look for the key by its name at the issuer.',
    retryAfterMs: known?.retryAfterMs,
    cause,
  })
}

async function listAfter(api: Api, pauseMs: number, call: Call): Promise<ListedKey[]> {
  if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: call.signal })
  return await listKeys(api, call)
}
