import { z } from 'zod'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import { durationOption } from '../../shared/options/duration.ts'
import { serviceUrl } from '../../shared/options/service-url.ts'
import { writersOption } from '../../shared/options/writers.ts'
import { checkFields } from '../../shared/store/fields.ts'

export { publishedLimits } from './limits.ts'
export { permissions } from './permissions.ts'

export const options = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/, 'expected a region such as eu-central-1')
    .optional()
    .describe("region of the secrets; without it the environment's or the profile's"),
  account: z
    .string()
    .regex(/^\d{12}$/, 'expected the 12 digits of an account')
    .optional()
    .describe('account of the secrets, for the policy that `keyrota permissions` prints'),
  profile: z
    .string()
    .min(1)
    .optional()
    .describe('profile of the shared AWS configuration to take credentials from'),
  endpoint: serviceUrl.optional().describe('another address of the service, e.g. a VPC endpoint'),
  kmsKeys: z
    .array(z.string().regex(/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/, 'expected the ARN of a KMS key'))
    .max(20)
    .default([])
    .describe("customer's keys that encrypt the secrets, for the policy that `keyrota permissions` prints"),
  writers: writersOption('names of tags'),
  settle: durationOption('5s').describe(
    'how long a reader may still get the replaced value, caches of your consumers apart',
  ),
})

export type Options = z.output<typeof options>

export const summary = 'Secrets of AWS Secrets Manager, plain or as fields of a JSON object'

const namePattern = /^[\w/+=.@!-]{1,512}$/
const arnPattern = /^arn:[\w-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@!-]{1,519}$/

/**
 * The name in an ARN of the options' own account: its last seven characters are a dash and what AWS chose. Without
 * `account` an ARN may be of another one, so it stays what it is.
 */
export function canonicalSecret(secret: string, options: Options): string {
  const [, account, name] =
    /^arn:[^:]+:secretsmanager:[^:]+:(\d{12}):secret:(.+)-[A-Za-z0-9]{6}$/.exec(secret) ?? []
  return name !== undefined && account === options.account ? name : secret
}

/** Names by the API reference of CreateSecret; an ARN with or without its random suffix. */
export function checkAddress(address: SecretAddress): string[] {
  const isLegal = address.secret.startsWith('arn:')
    ? arnPattern.test(address.secret)
    : namePattern.test(address.secret)
  const wrongName = isLegal
    ? []
    : ['the secret must be a name of 1 to 512 letters, digits and /_+=.@!- or the ARN of a secret']
  return [...wrongName, ...checkFields(address.fields, { whole: 'allowed' })]
}
