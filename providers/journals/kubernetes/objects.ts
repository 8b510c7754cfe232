/** ManagedKey objects, and which key an object is of. */
import { JournalError } from '../../../src/contracts/errors.ts'
import { FROM_LABEL, type ObjectName } from '../../shared/kubernetes/managed-key.ts'
import type { KeptState, ManagedKeyStatus } from './status-schema.ts'

/** On the object of a key that the config no longer has, and of which something is left. */
export const LEFT_LABEL = 'keyrota.dev/left-the-config'

export interface ManagedKeyObject {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly generation?: number
    readonly deletionTimestamp?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly spec?: Readonly<Record<string, unknown>>
  readonly status?: ManagedKeyStatus
}

/** A key of the config is named like its object; a team's key has the namespace before its name. */
export function placeOf(key: string, own: string): ObjectName {
  const slash = key.indexOf('/')
  if (slash < 0) return { namespace: own, name: key }
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}

export function keyOf({ metadata }: ManagedKeyObject, own: string): string {
  const isOurs = metadata.namespace === own && metadata.labels?.[FROM_LABEL] === 'config'
  return isOurs ? metadata.name : `${metadata.namespace}/${metadata.name}`
}

/** What is kept of a key that nobody has claimed yet. */
function newState(key: string): KeptState {
  return {
    key,
    revision: 0,
    claimId: '',
    holder: '',
    fence: 0,
    leaseMs: 0,
    leaseUntil: 0,
    renewals: 0,
  }
}

/**
 * What the object keeps of this key.
 * @throws JournalError `corrupt` when it was written for another one: a copied object, or one that took over a name.
 */
export function stateOf(object: ManagedKeyObject, key: string): KeptState {
  const kept = object.status?.journal
  if (kept === undefined) return newState(key)
  if (kept.key === key) return kept
  const { namespace, name } = object.metadata
  throw new JournalError(
    'corrupt',
    `the ManagedKey ${namespace}/${name} holds the record of ${kept.key}, not of ${key}`,
    `Restore its status from a backup, or delete it with \`kubectl delete managedkey ${name} -n ${namespace}\` if it is a copy.`,
  )
}
