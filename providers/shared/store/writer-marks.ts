import { isListed, type WriterRules } from '../options/writers.ts'
import type { Place } from './place.ts'

/*
 * Programs that copy secrets from one store into another, or set them by a schedule, mark what they write with labels, tags
 * or metadata. They would restore their own value after the old key was revoked.
 */

interface Sign {
  readonly who: string
  readonly target: string
  readonly name: RegExp
  readonly value?: RegExp
}

const origin = 'the store that it copies from'
const managedBy = /^managed[-_ ]?by$/i

const writers: readonly Sign[] = [
  {
    who: 'External Secrets Operator (PushSecret)',
    target: 'the Kubernetes Secret that the PushSecret copies',
    name: managedBy,
    value: /^external-secrets$/i,
  },
  { who: "Vault's secrets sync", target: 'the Vault path that it copies', name: /^hashicorp[:_-]vault/i },
  { who: "Vault's secrets sync", target: 'the Vault path that it copies', name: managedBy, value: /vault/i },
  { who: 'Doppler', target: 'the config in Doppler', name: /^doppler/i },
  { who: 'Doppler', target: 'the config in Doppler', name: managedBy, value: /doppler/i },
  { who: 'Infisical', target: 'the secret in Infisical', name: /^infisical/i },
  { who: 'Infisical', target: 'the secret in Infisical', name: managedBy, value: /infisical/i },
  { who: 'Akeyless', target: 'the item in Akeyless', name: /^akeyless/i },
  { who: '1Password', target: 'the item in 1Password', name: managedBy, value: /1-?password/i },
  { who: 'a function that rotates it', target: 'what the function rotates', name: /^ValidityPeriodDays$/i },
]

/** @throws ProviderError `invalid` for a place whose marks show somebody else who writes it. */
export function refuseMarked(
  place: Place,
  marks: Readonly<Record<string, string | undefined>>,
  rules: WriterRules,
): void {
  for (const [name, value = ''] of Object.entries(marks)) {
    if (isListed(rules.allow, name)) continue
    const known = writers.find((sign) => sign.name.test(name) && (sign.value?.test(value) ?? true))
    const denied = isListed(rules.deny, name)
      ? { who: 'somebody whom `writers.deny` of this store names', target: origin }
      : undefined
    const found = denied ?? known
    if (found !== undefined) throw failWritten(place, { ...found, name })
  }
}

/** `name`: by which `writers.allow` knows the writer. */
export function failWritten(place: Place, writer: { who: string; target: string; name: string }) {
  const allowing = /^[\w.:/-]{1,128}$/.test(writer.name)
    ? ` If it never writes this secret again, set \`writers: { allow: ['${writer.name}'] }\` of this store.`
    : ''
  return place.fail({
    code: 'invalid',
    says: `is written by ${writer.who}, which would restore its own value`,
    nextStep: `Target ${writer.target} instead.${allowing}`,
  })
}

/** What a person should know of the marks of a place that is written nevertheless. */
export function describeMarks(marks: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(marks).flatMap(([name, value = '']) => {
    const isTool = managedBy.test(name) && /^(terraform|opentofu|pulumi)$/i.test(value)
    if (!isTool && !/^aws:cloudformation:stack-name$/.test(name)) return []
    const tool = isTool ? value : 'CloudFormation'
    return [
      `${tool} manages this secret: if it sets the value too, its next run restores the old key; let it make the secret without a value`,
    ]
  })
}
