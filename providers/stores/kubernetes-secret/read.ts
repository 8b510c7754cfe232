import type { V1Secret } from '@kubernetes/client-node'
import type { WriterRules } from '../../shared/options/writers.ts'
import { namesOf } from '../../shared/store/fields.ts'
import type { Found } from '../../shared/store/frame.ts'
import { failMissingVersion, type Place } from '../../shared/store/place.ts'
import type { SecretApi } from './client.ts'
import type { SecretName } from './errors.ts'
import { refuseUnusable } from './guard.ts'
import { isVersionOf, readState, type SecretState } from './history.ts'
import { findLastWriter } from './writers.ts'

export interface KubernetesPlace extends Place {
  readonly api: SecretApi
  readonly object: SecretName
  readonly writers: WriterRules
}

/** The Secret as it is now. @throws ProviderError `invalid` for one that nothing can be written to. */
export async function look(place: KubernetesPlace): Promise<{ secret: V1Secret; state: SecretState }> {
  const secret = await place.api.get(place.object, place.call)
  refuseUnusable(place, secret)
  return { secret, state: readState(place, secret) }
}

export async function readKey(place: KubernetesPlace, version: string | 'current'): Promise<Found> {
  const { secret, state } = await look(place)
  return version === 'current' ? readCurrent(place, state, secret) : readVersion(place, state, version)
}

function readCurrent(place: KubernetesPlace, { current, held }: SecretState, secret: V1Secret): Found {
  if (current === undefined) return { version: undefined, ...held }
  const writer = current.mark === undefined ? findLastWriter(secret, namesOf(place.address)) : undefined
  return { ...current, absent: [], writer, ...(held.others ? { others: held.others } : {}) }
}

/** A version contains its value's digest, so the value is found in whichever field holds it now. */
function readVersion(place: KubernetesPlace, { current, previous }: SecretState, version: string): Found {
  if (current?.version === version) return { ...current, absent: [] }
  const kept = [current, previous].find((one) => isVersionOf(version, one))
  if (kept) return { version, material: kept.material, absent: [] }
  throw failMissingVersion(place, version, `no longer holds the value of version ${version}`)
}
