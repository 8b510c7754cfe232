import type { V1Secret } from '@kubernetes/client-node'
import { isListed, type WriterRules } from '../../shared/options/writers.ts'
import { namesOf } from '../../shared/store/fields.ts'
import type { Place } from '../../shared/store/place.ts'
import type { SecretState } from './history.ts'
import { PREVIOUS_SUFFIX } from './options.ts'
import { findWriter, hasNoRecord } from './writers.ts'

/* Which Secrets must not be written. */

/** Types whose content the cluster or a controller gives a meaning of its own, and what that is. */
const unusableTypes: Readonly<Record<string, string>> = {
  'kubernetes.io/service-account-token': 'the token controller fills it',
  'bootstrap.kubernetes.io/token': 'it is a bootstrap token of the cluster',
  'kubernetes.io/tls': 'it holds a certificate with its key, which only make sense together',
  'kubernetes.io/dockerconfigjson': 'it holds one document of registry logins',
  'kubernetes.io/dockercfg': 'it holds one document of registry logins',
  'helm.sh/release.v1': 'it is the record of a Helm release',
}

/** @throws ProviderError `invalid` for a Secret that nobody can write. */
export function refuseUnusable(place: Place, secret: V1Secret): void {
  const refuse = (says: string, nextStep: string) => place.fail({ code: 'invalid', says, nextStep })
  const meaning = unusableTypes[secret.type ?? '']
  if (meaning !== undefined)
    throw refuse(`has the type ${secret.type}: ${meaning}`, 'Keep the key in a Secret of the type Opaque.')
  if (secret.immutable === true) {
    throw refuse('is immutable', 'Create it again without `immutable: true`, and point the workloads at it.')
  }
  if (secret.metadata?.deletionTimestamp !== undefined)
    throw refuse('is being deleted', 'Find out who deletes it, and create it again.')
}

/** @throws ProviderError `invalid` if somebody else writes this Secret, or may, or uses the place of the previous value. */
export function refuseRival(
  place: Place & { readonly writers: WriterRules },
  secret: V1Secret,
  state: SecretState,
): void {
  const refuse = (says: string, nextStep: string) => place.fail({ code: 'invalid', says, nextStep })
  const writer = findWriter(secret, namesOf(place.address), place.writers)
  if (writer !== undefined) {
    const nextStep = `Target ${writer.target} instead.${describeAllowing(writer.name)}`
    throw refuse(`is written by ${writer.who}; it would restore its own value`, nextStep)
  }
  if (hasNoRecord(secret) && !isListed(place.writers.allow, '*')) {
    throw refuse(
      'comes without `metadata.managedFields`, so nothing shows who else writes it',
      "Reach the API server without what removes them; or, if nobody else writes this Secret, set `writers: { allow: ['*'] }` of this store.",
    )
  }
  refuseTaken(place, state)
}

/** A name of the cluster is repeated only if it is a plain one. */
function describeAllowing(name: string): string {
  if (!/^[\w./-]{1,253}$/.test(name)) return ''
  return ` If it never writes this field again, set \`writers: { allow: ['${name}'] }\` of this store.`
}

/** @throws ProviderError `invalid` if the place of the previous value holds something that is not ours. */
export function refuseTaken(place: Place, { taken }: SecretState): void {
  if (taken.length === 0) return
  const names = taken.map((field) => field + PREVIOUS_SUFFIX).join(', ')
  throw place.fail({
    code: 'invalid',
    says: `already has ${names}, where Keyrota would keep the replaced value`,
    nextStep: `Remove ${names} from the Secret when nobody needs it.`,
  })
}
