import type { V1Secret } from '@kubernetes/client-node'
import { namesOf } from '../../shared/store/fields.ts'
import type { Place } from '../../shared/store/place.ts'
import type { SecretState } from './history.ts'
import { PREVIOUS_SUFFIX } from './options.ts'
import { findWriter, isTrackedByArgo } from './writers.ts'

/* Which Secrets must not be written, and what a person should know of the others. */

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

/** @throws ProviderError `invalid` if somebody else writes this Secret or uses the place of the previous value. */
export function refuseRival(place: Place, secret: V1Secret, state: SecretState): void {
  const writer = findWriter(secret, namesOf(place.address))
  if (writer !== undefined) {
    const says = `is written by ${writer.who}, which would restore its own value`
    throw place.fail({ code: 'invalid', says, nextStep: `Target ${writer.target} instead.` })
  }
  refuseTaken(place, state)
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

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** What a person should know of this Secret. No value is in it. */
export function findNotes(secret: V1Secret, fields: readonly string[]): string[] {
  const notes: string[] = []
  const annotations = secret.metadata?.annotations ?? {}
  const copies = readApplied(annotations[lastApplied])
  for (const field of fields) {
    const copy = copies[field]
    if (copy === undefined) continue
    const isPresent = copy === secret.data?.[field]
    notes.push(
      `kubectl keeps a copy of ${field} in the annotation last-applied-configuration, ${
        isPresent ? 'which will be' : 'which is'
      } a stale value that readers of the Secret still see and that applying the old manifest restores; remove the field from the manifest, or write it with \`kubectl apply --server-side\``,
    )
  }
  if (annotations['meta.helm.sh/release-name'] !== undefined)
    notes.push(
      'Helm made this Secret: a chart that renders the field with a value restores that value on upgrade',
    )
  if (isTrackedByArgo(secret))
    notes.push('Argo CD tracks this Secret: keep the field out of git, or a sync restores its value')
  return notes
}

/** Field → base64 in a manifest that kubectl remembered; empty when there is none. */
function readApplied(text: string | undefined): Record<string, string> {
  if (text === undefined) return {}
  let manifest: unknown
  try {
    manifest = JSON.parse(text)
  } catch {
    // Not kubectl's: it holds nothing that could be read by field.
    return {}
  }
  const { data, stringData } = (manifest ?? {}) as { data?: object; stringData?: object }
  const copies: Record<string, string> = {}
  for (const [field, value] of Object.entries(data ?? {})) copies[field] = String(value)
  for (const [field, value] of Object.entries(stringData ?? {}))
    copies[field] = Buffer.from(String(value), 'utf8').toString('base64')
  return copies
}
