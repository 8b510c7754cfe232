import { type Missing, ProviderError } from '../../../src/contracts/errors.ts'
import type { HttpAnswer } from '../../shared/http/client.ts'
import { type Meaning, toMeantError, toStatusError } from '../../shared/http/errors.ts'

export interface SecretName {
  namespace: string
  name: string
}

/** Turns a refused request into an error; the server's own Status object is not read, since it quotes values. */
export function toApiError(answer: HttpAnswer, secret: SecretName, verb: string): ProviderError {
  const meaning = interpretStatus(answer.status, verb)
  if (meaning === undefined) return toStatusError(answer, answer.subject)
  const about = `${verb} of Secret ${secret.namespace}/${secret.name}`
  return toMeantError({ ...answer.subject, about }, meaning, { missing: meaning.missing })
}

const unauthorized = 'the API server refused the credentials (401)'

/** Whether the server knows nobody by these credentials, so that others have to be got. */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof ProviderError && error.message.includes(unauthorized)
}

function interpretStatus(status: number, verb: string): (Meaning & { missing?: Missing }) | undefined {
  switch (status) {
    case 401:
      return {
        code: 'denied',
        says: unauthorized,
        nextStep:
          'Check that the token or the certificate of the kubeconfig or of the pod is current and of this cluster.',
      }
    case 403:
      return {
        code: 'denied',
        says: `the account lacks the verb "${verb}"`,
        nextStep: `Give it the verb "${verb}" on this Secret, as \`keyrota permissions\` prints it; if it has the verb, an admission policy refuses.`,
      }
    case 404:
      return {
        code: 'not_found',
        missing: 'secret',
        says: 'the Secret does not exist',
        nextStep: 'Create the Secret first, or correct the target; Keyrota creates no secrets.',
      }
    case 409:
      return {
        code: 'conflict',
        says: 'the Secret was changed at the same time',
        nextStep: 'Read the secret again and check who changed it.',
      }
    case 413:
    case 422:
      return {
        code: 'invalid',
        says: `the API server refused it (${status}): the Secret would not be valid`,
        nextStep: 'Check its type, its size and whether it is immutable.',
      }
    default:
      return undefined
  }
}
