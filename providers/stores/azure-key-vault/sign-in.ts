import type { SecretClient } from '@azure/keyvault-secrets'
import { readSecret } from '../../shared/options/secret-source.ts'
import type { Options } from './options.ts'

export type Credential = ConstructorParameters<typeof SecretClient>[1]

/** A given token says nothing of its end, so it is taken for this long and then read again. */
const givenTokenMs = 5 * 60_000

/** How the options sign in. The identity library is loaded only when one of its ways is used. */
export async function openCredential(provider: string, auth: Options['auth']): Promise<Credential> {
  if (typeof auth === 'object' && 'accessToken' in auth) {
    return {
      async getToken() {
        const token = await readSecret(auth.accessToken, provider)
        return { token: token.expose(), expiresOnTimestamp: Date.now() + givenTokenMs }
      },
    }
  }
  const identity = await import('@azure/identity')
  if (auth === 'default') return new identity.DefaultAzureCredential()
  if ('managedIdentity' in auth) {
    const { clientId } = auth.managedIdentity
    return clientId === undefined
      ? new identity.ManagedIdentityCredential()
      : new identity.ManagedIdentityCredential({ clientId })
  }
  const { clientId, tenantId, tokenFile: tokenFilePath } = auth.workloadIdentity
  const given = Object.entries({ clientId, tenantId, tokenFilePath }).filter(([, one]) => one !== undefined)
  return new identity.WorkloadIdentityCredential(Object.fromEntries(given))
}
