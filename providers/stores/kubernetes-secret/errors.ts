import type { Missing } from '../../../src/contracts/errors.ts'
import type { Meaning } from '../../shared/http/errors.ts'

export interface SecretName {
  namespace: string
  name: string
}

/** What a refusal means for a Secret; every other status means what it means for any object. */
export function explainRefusal(status: number): (Meaning & { missing?: Missing }) | undefined {
  switch (status) {
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
