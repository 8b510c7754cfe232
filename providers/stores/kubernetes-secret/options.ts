import { z } from 'zod'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import { LABEL, maxNameLength, SUBDOMAIN } from '../../shared/kubernetes/names.ts'
import { clusterOptions } from '../../shared/kubernetes/options.ts'
import { durationOption } from '../../shared/options/duration.ts'
import { writersOption } from '../../shared/options/writers.ts'
import { checkFields } from '../../shared/store/fields.ts'

export { clusterRules } from './permissions.ts'

const secretName = new RegExp(`^(?:${LABEL}/)?${SUBDOMAIN}$`)

const { pluginLimit, ...where } = clusterOptions('namespace of targets that name none')

export const options = z.strictObject({
  ...where,
  writers: writersOption('field managers, kinds of owners, labels and annotations'),
  pluginLimit,
  settle: durationOption('2s').describe(
    'how long a pod that starts now may still get the replaced value from its node',
  ),
})

export type Options = z.output<typeof options>

export const summary = 'Keys of a Kubernetes Secret'

/** The replaced value of a field is kept in the field with this behind its name. */
export const PREVIOUS_SUFFIX = '.previous'

const fieldName = /^(?!\.\.)(?!\.$)[-._a-zA-Z0-9]+$/
const maxFieldLength = 253 - PREVIOUS_SUFFIX.length

/** A name alone is in the namespace of the options; without one only the cluster's config knows it. */
export function canonicalSecret(secret: string, { namespace }: Options): string {
  return secret.includes('/') || namespace === undefined ? secret : `${namespace}/${secret}`
}

/** A name alone and one in some namespace, while the namespace of the first one is not known. */
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
    problems.push('the secret must be `namespace/name` or `name`, in lower case letters, digits, `-` and `.`')
  return [...problems, ...checkFields(address.fields, { whole, checkName: checkFieldName })]
}

const whole = { refused: 'a Secret always has fields: name the field instead of the whole secret' }

function checkFieldName(field: string): string[] {
  if (!fieldName.test(field) || field.length > maxFieldLength)
    return ['a field must consist of letters, digits, `-`, `_` and `.`']
  if (field.endsWith(PREVIOUS_SUFFIX))
    return [`a field cannot end in \`${PREVIOUS_SUFFIX}\`, where replaced values are kept`]
  return []
}
