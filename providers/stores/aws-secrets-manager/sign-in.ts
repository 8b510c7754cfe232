import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

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
    await client.config.credentials()
  } catch (thrown) {
    throw new CredentialsFailure(thrown)
  }
}
