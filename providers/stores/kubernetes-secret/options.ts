import { z } from 'zod'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'

export { permissions } from './permissions.ts'

const duration = z.string().regex(/^\d{1,9}(ms|s|m|h|d)$/, 'a duration such as 500ms, 30s or 24h')
/** Names of namespaces and Secrets: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const label = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?'
const namespaceName = new RegExp(`^${label}$`)
const secretName = new RegExp(`^(?:${label}/)?${label}(?:\\.${label})*$`)
const maxNameLength = 253

export const options = z.strictObject({
  kubeconfig: z
    .string()
    .min(1)
    .optional()
    .describe('path of a kubeconfig; without it Keyrota uses the service account of its own pod'),
  context: z.string().min(1).optional().describe('context of the kubeconfig; by default its current one'),
  namespace: z
    .string()
    .regex(namespaceName, 'a namespace')
    .optional()
    .describe(
      "namespace of targets that name none; by default that of the kubeconfig's context or of the own pod, else `default`",
    ),
  settle: duration
    .default('2s')
    .describe('how long a pod that starts now may still get the replaced value from its node'),
})

export type Options = z.output<typeof options>

export const summary = 'Keys of a Kubernetes Secret'

/** What a field's name has behind it where the replaced value is kept. */
export const PREVIOUS_SUFFIX = '.previous'

const fieldName = /^(?!\.\.)(?!\.$)[-._a-zA-Z0-9]+$/
const maxFieldLength = 253 - PREVIOUS_SUFFIX.length

/** A name alone lies in the namespace of the options; without one only the cluster's config knows where. */
export function canonicalSecret(secret: string, { namespace }: Options): string {
  return secret.includes('/') || namespace === undefined ? secret : `${namespace}/${secret}`
}

/** A name alone and one in some namespace, while it is not known in which namespace the first one lies. */
export function mayBeSameSecret(one: string, other: string, { namespace }: Options): boolean {
  if (namespace !== undefined || one.includes('/') === other.includes('/')) return false
  return [one, other]
    .map((secret) => secret.slice(secret.indexOf('/') + 1))
    .every((name, _, [first]) => name === first)
}

/** What is wrong with an address: `secret` is `namespace/name` or `name`; each part needs a key of the Secret. */
export function checkAddress(address: SecretAddress): string[] {
  const problems: string[] = []
  const name = address.secret.slice(address.secret.indexOf('/') + 1)
  if (!secretName.test(address.secret) || name.length > maxNameLength)
    problems.push('the secret must be `namespace/name` or `name`, in small letters, digits, `-` and `.`')
  const fields = Object.values(address.fields)
  if (fields.length === 0) problems.push('no field is named')
  if (new Set(fields).size < fields.length) problems.push('two parts name the same field')
  for (const field of fields) {
    if (field === null)
      problems.push('a Secret always consists of fields: name the field instead of the whole secret')
    else if (!fieldName.test(field) || field.length > maxFieldLength)
      problems.push('a field must consist of letters, digits, `-`, `_` and `.`')
    else if (field.endsWith(PREVIOUS_SUFFIX))
      problems.push(`a field may not end in \`${PREVIOUS_SUFFIX}\`, where replaced values are kept`)
  }
  return problems
}
