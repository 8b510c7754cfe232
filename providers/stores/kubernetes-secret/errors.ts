import { ProviderError, type ProviderErrorDetails } from '../../../src/contracts/errors.ts'
import type { HttpAnswer } from '../../shared/http/client.ts'
import { toStatusError } from '../../shared/http/errors.ts'

export interface SecretName {
  namespace: string
  name: string
}

/** Turns a refused request into an error; the server's own Status object is not looked at, since it quotes values. */
export function toApiError(answer: HttpAnswer, secret: SecretName, verb: string): ProviderError {
  const { provider } = answer.subject
  const place = `${secret.namespace}/${secret.name}`
  const details = describe(answer.status, verb, place)
  if (details === undefined) return toStatusError(answer, answer.subject)
  return new ProviderError({ provider, effect: 'none', ...details })
}

function describe(
  status: number,
  verb: string,
  place: string,
): Omit<ProviderErrorDetails, 'provider' | 'effect'> | undefined {
  switch (status) {
    case 403:
      return {
        code: 'denied',
        message: `the API server does not let this account ${verb} the Secret ${place}`,
        nextStep: `Give it the verb "${verb}" on this Secret, as \`keyrota permissions\` prints it; if it has that, an admission policy refuses.`,
      }
    case 404:
      return {
        code: 'not_found',
        missing: 'secret',
        message: `there is no Secret ${place}`,
        nextStep: 'Make the Secret first, or correct the target.',
      }
    case 409:
      return {
        code: 'conflict',
        message: `the Secret ${place} was changed in between`,
        nextStep: 'Read the Secret again and look at what changed.',
      }
    case 413:
    case 422:
      return {
        code: 'invalid',
        message: `the API server answered ${status}: the Secret ${place} would not be valid`,
        nextStep: 'Look at its type, its size and whether it is immutable.',
      }
    default:
      return undefined
  }
}
