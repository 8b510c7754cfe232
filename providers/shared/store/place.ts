import type { Call } from '../../../src/contracts/call.ts'
import { type Effect, type Missing, ProviderError } from '../../../src/contracts/errors.ts'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import type { Meaning } from '../http/errors.ts'

/*
 * The place that one call of a store works on, and the errors that every store has in common. They read the same in
 * all stores, because they are made here.
 */

/** Why a place cannot be used as asked. `says` completes a sentence that begins with the place's name. */
export interface Refusal extends Meaning {
  /** `none` by default. */
  effect?: Effect
  missing?: Missing
  fields?: readonly string[] | undefined
}

export interface Place {
  /** Configured name of the provider. */
  readonly provider: string
  readonly address: SecretAddress
  readonly secret: string
  readonly call: Call
  /** What errors call it, e.g. `secret app/key`. */
  readonly name: string
  /** An error about this place: its name and what the refusal says of it. */
  fail(refusal: Refusal): ProviderError
}

export function makePlace(about: Omit<Place, 'fail'>): Place {
  const { provider, name } = about
  return {
    ...about,
    fail: ({ code, says, nextStep, effect = 'none', missing, fields }) =>
      new ProviderError({ code, provider, message: `${name} ${says}`, effect, nextStep, missing, fields }),
  }
}

export function failMissingSecret(place: Place, nextStep: string): ProviderError {
  return place.fail({ code: 'not_found', missing: 'secret', says: 'does not exist', nextStep })
}

/** `why` says more than that the place does not have the version. */
export function failMissingVersion(
  place: Place,
  version: string,
  why = `has no version ${version}`,
): ProviderError {
  const nextStep = 'Read the current version.'
  return place.fail({ code: 'not_found', missing: 'version', says: why, nextStep })
}

/** `absent`: the fields that are not there, `null` for the whole secret; `fields`: those that are there. */
export function failMissingFields(
  place: Place,
  absent: readonly (string | null)[],
  fields?: readonly string[],
): ProviderError {
  const names = absent.filter((field) => field !== null)
  const says = names.length === 0 ? 'has no value yet' : `has no field ${names.join(', ')}`
  const nextStep = 'Correct the field in the target, or have the first key created.'
  return place.fail({ code: 'not_found', missing: 'field', says, nextStep, fields })
}

/** A current version is never retired. It may be replaced a moment later, hence a conflict. */
export function failCurrentVersion(place: Place, version: string): ProviderError {
  const nextStep = 'Retire a version only after it was replaced.'
  return place.fail({ code: 'conflict', says: `still has version ${version} as its current one`, nextStep })
}

export function failTooLarge(place: Place, bytes: number, maxBytes: number): ProviderError {
  const says = `would have ${bytes} bytes, and ${maxBytes} are allowed`
  return place.fail({ code: 'invalid', says, nextStep: 'Keep fewer or shorter fields in this secret.' })
}

/** Another writer changed the place between the look and the write. */
export function failChanged(place: Place, says: string, effect: Effect = 'none'): ProviderError {
  return place.fail({
    code: 'conflict',
    says,
    effect,
    nextStep: 'Read the secret again and check who changed it.',
  })
}
