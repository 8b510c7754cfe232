import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { limitSignIn } from '../../shared/http/sign-in-limit.ts'

/** Name of the error that a sign-in ends with whose time is over. */
export const SLOW_SIGN_IN = 'SlowSignIn'

/** Getting credentials failed: it asks other services (STS, SSO, the instance), whose refusals are not the store's. */
export class CredentialsFailure extends Error {
  readonly thrown: unknown
  constructor(thrown: unknown) {
    super('no credentials')
    this.thrown = thrown
  }
}

/** The SDK keeps credentials until they expire. They are fetched separately, because failing to get them looks like a failed request. */
export async function signIn(client: SecretsManagerClient): Promise<void> {
  try {
    await limitSignIn(
      () => client.config.credentials(),
      () => Object.assign(new Error('no answer'), { name: SLOW_SIGN_IN }),
    )
  } catch (thrown) {
    throw new CredentialsFailure(thrown)
  }
}
