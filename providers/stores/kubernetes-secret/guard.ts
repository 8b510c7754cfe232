import type { V1Secret } from '@kubernetes/client-node'
import type { SecretState } from './history.ts'
import { PREVIOUS_SUFFIX } from './options.ts'
import { findWriter, isTrackedByArgo } from './writers.ts'

/** Why a Secret must not be written, and what a person should do. */
export interface Refusal {
  message: string
  nextStep: string
}

/** Types whose content the cluster or a controller gives a meaning of its own, and what that is. */
const unusableTypes: Readonly<Record<string, string>> = {
  'kubernetes.io/service-account-token': 'the token controller fills it',
  'bootstrap.kubernetes.io/token': 'it is a bootstrap token of the cluster',
  'kubernetes.io/tls': 'it holds a certificate with its key, which only make sense together',
  'kubernetes.io/dockerconfigjson': 'it holds one document of registry logins',
  'kubernetes.io/dockercfg': 'it holds one document of registry logins',
  'helm.sh/release.v1': 'it is the record of a Helm release',
}

/** Whether this Secret can be written at all, whoever feeds it. */
export function findObstacle(secret: V1Secret, place: string): Refusal | undefined {
  const meaning = unusableTypes[secret.type ?? '']
  if (meaning !== undefined) {
    return {
      message: `the Secret ${place} has the type ${secret.type}: ${meaning}`,
      nextStep: 'Keep the key in a Secret of the type Opaque.',
    }
  }
  if (secret.immutable === true) {
    return {
      message: `the Secret ${place} is immutable`,
      nextStep: 'Make it anew without `immutable: true`, and point the workloads at it.',
    }
  }
  if (secret.metadata?.deletionTimestamp !== undefined) {
    return {
      message: `the Secret ${place} is being deleted`,
      nextStep: 'Find out who deletes it, and make it anew.',
    }
  }
  return undefined
}

/** Whether somebody else writes this Secret or uses the place of the previous value. */
export function findRival(
  secret: V1Secret,
  state: SecretState,
  fields: readonly string[],
  place: string,
): Refusal | undefined {
  const writer = findWriter(secret, fields)
  if (writer !== undefined) {
    return {
      message: `the Secret ${place} is written by ${writer.who}, which would put its own value back`,
      nextStep: `Target ${writer.target} instead.`,
    }
  }
  return state.taken.length === 0 ? undefined : describeTaken(state.taken, place)
}

export function describeTaken(taken: readonly string[], place: string): Refusal {
  const names = taken.map((field) => field + PREVIOUS_SUFFIX).join(', ')
  return {
    message: `the Secret ${place} has ${names}, where the replaced value would be kept, and not from us`,
    nextStep: `Remove ${names} from the Secret when nobody needs it.`,
  }
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
      } a stale value that readers of the Secret still see and that applying the old manifest brings back; take the field out of the manifest, or write it with \`kubectl apply --server-side\``,
    )
  }
  if (annotations['meta.helm.sh/release-name'] !== undefined)
    notes.push('Helm made this Secret: a chart that renders the field with a value puts that back on upgrade')
  if (isTrackedByArgo(secret))
    notes.push('Argo CD tracks this Secret: keep the field out of git, or a sync puts its value back')
  return notes
}

/** Field → base64 in a manifest that kubectl remembered; empty when there is none. */
function readApplied(text: string | undefined): Record<string, string> {
  if (text === undefined) return {}
  let manifest: unknown
  try {
    manifest = JSON.parse(text)
  } catch {
    // Not kubectl's: it holds nothing that could be told apart by field.
    return {}
  }
  const { data, stringData } = (manifest ?? {}) as { data?: object; stringData?: object }
  const copies: Record<string, string> = {}
  for (const [field, value] of Object.entries(data ?? {})) copies[field] = String(value)
  for (const [field, value] of Object.entries(stringData ?? {}))
    copies[field] = Buffer.from(String(value), 'utf8').toString('base64')
  return copies
}
