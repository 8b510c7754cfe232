import { z } from 'zod'
import { configPath } from '../../../src/contracts/config-path.ts'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import { durationOption } from '../../shared/options/duration.ts'
import { secretSource } from '../../shared/options/secret-source.ts'
import { serviceUrl } from '../../shared/options/service-url.ts'
import { writersOption } from '../../shared/options/writers.ts'
import { checkFields } from '../../shared/store/fields.ts'

export { publishedLimits } from './limits.ts'
export { permissions } from './permissions.ts'

const id = z.string().min(1)

const auth = z.union([
  z
    .literal('default')
    .describe('whatever this machine offers: variables, workload or managed identity, the Azure CLI'),
  z
    .strictObject({
      managedIdentity: z.strictObject({
        clientId: id
          .optional()
          .describe('client id of a user-assigned identity; without it the system-assigned one'),
      }),
    })
    .describe('the managed identity of the machine'),
  z
    .strictObject({
      workloadIdentity: z.strictObject({
        clientId: id.optional().describe('by default AZURE_CLIENT_ID'),
        tenantId: id.optional().describe('by default AZURE_TENANT_ID'),
        tokenFile: configPath('by default AZURE_FEDERATED_TOKEN_FILE').optional(),
      }),
    })
    .describe('the service account of a pod, federated with an identity'),
  z
    .strictObject({
      clientSecret: z.strictObject({
        tenantId: id.describe('tenant of the identity'),
        clientId: id.describe('its client id'),
        secret: secretSource.describe('its client secret, read again for each token'),
      }),
    })
    .describe('an application with a client secret'),
  z
    .strictObject({
      clientCertificate: z.strictObject({
        tenantId: id.describe('tenant of the identity'),
        clientId: id.describe('its client id'),
        certificate: secretSource.describe('its certificate with the private key, as PEM'),
        sendChain: z
          .boolean()
          .default(false)
          .describe('send the whole chain, for subject name and issuer authentication'),
      }),
    })
    .describe('an application with a certificate'),
  z
    .strictObject({
      accessToken: secretSource.describe(
        'a token for https://vault.azure.net that something else keeps fresh',
      ),
    })
    .describe('a given access token, for CI'),
])

export const options = z.strictObject({
  vault: serviceUrl.describe('address of the vault, e.g. https://example.vault.azure.net'),
  auth: auth.default('default').describe('how Keyrota signs in'),
  authorityHost: serviceUrl
    .refine((text) => text.toLowerCase().startsWith('https:'), 'expected an https URL')
    .optional()
    .describe(
      'where tokens come from, for another cloud or an authority of your own; by default AZURE_AUTHORITY_HOST, else the public cloud',
    ),
  disableInstanceDiscovery: z
    .boolean()
    .default(false)
    .describe('do not ask the public cloud whether it knows the authority, for one of your own'),
  writers: writersOption('names of tags'),
  settle: durationOption('2s').describe('how long a reader may still get the replaced value'),
})

export type Options = z.output<typeof options>
export type Auth = Options['auth']

export const summary = 'Secrets of Azure Key Vault: JSON fields, or whole secrets'

/** Names that differ in case only are one secret. */
export function canonicalSecret(secret: string): string {
  return secret.toLowerCase()
}

/** What is wrong with an address: `secret` is the secret's name, in which case does not matter. */
export function checkAddress(address: SecretAddress): string[] {
  const wrongName = /^[0-9a-zA-Z-]{1,127}$/.test(address.secret)
    ? []
    : ['the secret must be a name of 1 to 127 letters, digits and `-`']
  return [...wrongName, ...checkFields(address.fields, { whole: 'allowed' })]
}
