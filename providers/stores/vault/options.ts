import { z } from 'zod'
import { configPath } from '../../../src/contracts/config-path.ts'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import { durationOption } from '../../shared/options/duration.ts'
import { secretSource } from '../../shared/options/secret-source.ts'
import { serviceUrl } from '../../shared/options/service-url.ts'
import { writersOption } from '../../shared/options/writers.ts'
import { checkFields } from '../../shared/store/fields.ts'

export { permissions } from './permissions.ts'

const path = z.string().regex(/^[\w.~-]+(\/[\w.~-]+)*$/, 'expected a path without a slash at either end')

const namespace = path
  .optional()
  .describe('namespace to sign in at, `root` for the root namespace; by default that of the mount')

const token = z
  .strictObject({
    token: secretSource.describe(
      'a token, renewed where it may be; a file is read again for each call, as Vault Agent writes it',
    ),
    namespace,
  })
  .describe('a token that was created elsewhere')

const appRole = z
  .strictObject({
    appRole: z.strictObject({
      roleId: secretSource.describe('the role id'),
      secretId: secretSource.describe('the secret id'),
      mount: path.default('approle').describe('where the AppRole method is mounted'),
    }),
    namespace,
  })
  .describe('login by AppRole')

const kubernetes = z
  .strictObject({
    kubernetes: z.strictObject({
      role: z.string().min(1).describe('the role to log in as'),
      mount: path.default('kubernetes').describe('where the Kubernetes method is mounted'),
      tokenFile: configPath('the service account token of this pod; read again for each login').default(
        '/var/run/secrets/kubernetes.io/serviceaccount/token',
      ),
    }),
    namespace,
  })
  .describe('login by the service account of this pod')

export const options = z.strictObject({
  address: serviceUrl.describe('address of the server, e.g. https://vault.example.com:8200'),
  namespace: path.optional().describe('namespace of the mount (Vault Enterprise, OpenBao)'),
  mount: path.default('secret').describe('where the KV version 2 engine is mounted'),
  auth: z.union([token, appRole, kubernetes]).describe('how Keyrota signs in'),
  writers: writersOption('names in the custom metadata'),
  settle: durationOption('0s').describe(
    'how long a reader may still get the replaced value. 0s is right only for readers that ask the server itself: set it for readers behind Vault Agent, a secrets operator, secrets sync or a performance standby, or they may hold a dead key',
  ),
})

export type Options = z.output<typeof options>

export const summary = 'Fields of secrets in the KV version 2 engine of HashiCorp Vault or OpenBao'

const maxPathLength = 512
// A policy reads `*` and a lone `+` as wildcards, so a target with them could not be granted on its own.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const illegalSegment = /[\u0000-\u001f\u007f*]|^\s|\s$|^\.{0,2}$|^\+$/

/** What is wrong with an address: `secret` is the path below the mount, without `data/`; each part needs a field. */
export function checkAddress(address: SecretAddress): string[] {
  const problems: string[] = []
  if (
    address.secret.length > maxPathLength ||
    address.secret.split('/').some((word) => illegalSegment.test(word))
  )
    problems.push('the secret must be the path below the mount: words joined by single slashes, no wildcards')
  return [...problems, ...checkFields(address.fields, { whole })]
}

const whole = { refused: 'a KV secret always has fields: name the field instead of the whole secret' }
