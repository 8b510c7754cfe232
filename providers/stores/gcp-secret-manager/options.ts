import { z } from 'zod'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import { durationOption } from '../../shared/options/duration.ts'
import { secretSource } from '../../shared/options/secret-source.ts'
import { serviceUrl } from '../../shared/options/service-url.ts'
import { writersOption } from '../../shared/options/writers.ts'
import { checkFields } from '../../shared/store/fields.ts'
import { isSecretName, resourceOf } from './names.ts'

export { publishedLimits } from './limits.ts'
export { permissions } from './permissions.ts'

export const options = z.strictObject({
  project: z
    .string()
    .regex(/^([a-z][a-z0-9-]{4,28}[a-z0-9]|\d{6,20})$/, 'expected the id or the number of a project')
    .describe('project of the secrets that are named without one'),
  location: z
    .string()
    .regex(/^[a-z]+(-[a-z]+)+\d+$/, 'expected a location such as europe-west3')
    .optional()
    .describe('location of regional secrets; without it the secrets are global ones'),
  endpoint: serviceUrl
    .optional()
    .describe("another address of the service; by default the global one or the location's"),
  accessToken: secretSource
    .optional()
    .describe(
      'an OAuth access token, read again for each request; without it application default credentials are used',
    ),
  writers: writersOption('names of labels and annotations, and `rotation`'),
  settle: durationOption('60s').describe(
    'how long a reader of `latest` or of an alias may still get the replaced value',
  ),
})

export type Options = z.output<typeof options>

export const summary =
  'Secrets of Google Secret Manager, global or regional, plain or as fields of a JSON object'

/** The resource name; an id alone is in the project of the options. */
export function canonicalSecret(secret: string, options: Options): string {
  return resourceOf(secret, options) ?? secret
}

/** Names by the REST reference of `projects.secrets.create`. */
export function checkAddress(address: SecretAddress): string[] {
  const wrongName = isSecretName(address.secret)
    ? []
    : [
        'the secret must be 1 to 255 letters, digits, _ and -, or projects/<project>[/locations/<location>]/secrets/<name>',
      ]
  return [...wrongName, ...checkFields(address.fields, { whole: 'allowed' })]
}
