/* The error of a verb that the config does not describe: nothing was sent. */

import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Api } from './operations.ts'

export function notDescribed(api: Api, name: string): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider: api.settings.provider,
    message: `the config does not describe ${name}`,
    effect: 'none',
    nextStep: `Describe ${name} in the config of this issuer, if the service supports it.`,
  })
}

export function unknownKey(api: Api): ProviderError {
  return new ProviderError({
    code: 'not_found',
    provider: api.settings.provider,
    message: 'the issuer does not know this key',
    effect: 'none',
    nextStep: 'Check that the key belongs to the account of this issuer and has not been deleted.',
  })
}
