/*
 * Two fixed places. Creating a key regenerates the place that is not in use, and revoking one regenerates its own; what
 * comes out then is read by nobody. The id of a key is its place and the fingerprint of its value, so a regenerated
 * place shows another key, and a key that is gone is never taken for the one that came after it.
 */

import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { fingerprintOf } from '../../../src/contracts/fingerprint.ts'
import type { HeldKey, IssueRequest, KeyRef } from '../../../src/contracts/key-issuer.ts'
import { idOfSecret } from '../../../src/contracts/secret-in-ref.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import { readJson } from '../../shared/http/client.ts'
import { type Api, perform } from './operations.ts'
import { pickParts } from './parts.ts'
import { scopeOfParts, versionId } from './scope.ts'
import { notDescribed, unknownKey } from './undescribed.ts'

interface Place {
  slot: string
  ref: KeyRef
  material: Material
}

/** Reads both places. */
export async function readPlaces(api: Api, call: Call): Promise<Place[]> {
  const { readBack, slots = {} } = api.options
  if (readBack === undefined) throw notDescribed(api, 'readBack')
  const body = readJson(await perform(api, 'readBack', readBack, {}, call))
  const places = Object.entries(slots).map(([slot, paths]) => {
    const material = pickParts(body, paths)
    if (typeof material === 'string') throw unreadable(api, `slots.${slot}.${material}`)
    return toPlace(api, slot, material)
  })
  const [one, other] = places
  if (one?.ref.fingerprint === other?.ref.fingerprint) throw samePlaces(api)
  return places
}

function toPlace(api: Api, slot: string, material: Material): Place {
  const fingerprint = idOfSecret(material, api.options.publicParts).slice(3)
  return { slot, material, ref: { id: versionId(slot, fingerprint), fingerprint: fingerprintOf(material) } }
}

/** Regenerates the place that is not in use. */
export async function issueInPlace(
  api: Api,
  request: IssueRequest,
  call: Call,
): Promise<{ ref: KeyRef; material: Material }> {
  const places = await readPlaces(api, call)
  const inUse = request.current === undefined ? undefined : findPlace(places, request.current)
  const free = places.find((place) => place !== inUse)
  if (inUse === undefined || free === undefined) throw noneInUse(api)
  await regenerate(api, free.slot, request.current, call)
  const after = (await readPlaces(api, call).catch(rethrowAsMade(api))).find((one) => one.slot === free.slot)
  if (after === undefined || after.ref.id === free.ref.id) throw unchanged(api, free.slot)
  return { ref: after.ref, material: after.material }
}

/** Regenerates the place of this key, if it still holds this key. */
export async function revokeInPlace(api: Api, key: HeldKey, call: Call): Promise<void> {
  const place = findPlace(await readPlaces(api, call), key)
  if (place === undefined) throw unknownKey(api)
  await regenerate(api, place.slot, undefined, call)
}

/** Returns the place that holds this key now: by its id, which names the value, or by its value. */
export function findPlace(places: readonly Place[], key: HeldKey): Place | undefined {
  const fingerprint = key.material === undefined ? key.fingerprint : fingerprintOf(key.material)
  return places.find((place) =>
    key.ref === undefined ? place.ref.fingerprint === fingerprint : place.ref.id === key.ref.id,
  )
}

async function regenerate(api: Api, slot: string, current: HeldKey | undefined, call: Call): Promise<void> {
  const { create, publicParts } = api.options
  if (create === undefined) throw notDescribed(api, 'create')
  await perform(api, 'create', create, { slot, current: scopeOfParts(current?.material, publicParts) }, call)
}

function rethrowAsMade(api: Api): (cause: unknown) => never {
  return (cause) => {
    const known = cause instanceof ProviderError ? cause : undefined
    throw new ProviderError({
      code: known?.code ?? 'unavailable',
      provider: api.settings.provider,
      message: 'the place was regenerated, but its new key could not be read',
      effect: 'unknown',
      nextStep: known?.nextStep ?? 'Try again.',
      retryAfterMs: known?.retryAfterMs,
      cause,
    })
  }
}

function problem(api: Api, message: string, nextStep: string): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider: api.settings.provider,
    message,
    effect: 'none',
    nextStep,
  })
}

function noneInUse(api: Api): ProviderError {
  return problem(
    api,
    'neither place holds the key in use, so none of them is known to be free',
    'Write the value of one place into every target, so that Keyrota adopts it; the other place is free then.',
  )
}

function samePlaces(api: Api): ProviderError {
  return problem(
    api,
    'both places show the same value',
    'Compare slots with the response of the service; if both keys are the same, regenerate the one that nobody uses.',
  )
}

function unreadable(api: Api, field: string): ProviderError {
  return problem(
    api,
    `${field} finds nothing in the response`,
    `Compare ${field} with the response of readBack.`,
  )
}

function unchanged(api: Api, slot: string): ProviderError {
  return new ProviderError({
    code: 'unavailable',
    provider: api.settings.provider,
    message: `${slot} was regenerated, but still shows the value from before`,
    effect: 'unknown',
    nextStep: 'Wait until the service shows the new value.',
  })
}
