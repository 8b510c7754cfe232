import { fingerprintOf } from '../../../src/contracts/fingerprint.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import type { WriteRequest } from '../../shared/store/frame.ts'
import { compareFields, requireFresh, type Seen } from '../../shared/store/judge-write.ts'
import { failTooLarge } from '../../shared/store/place.ts'
import { refuseTaken } from './guard.ts'
import { type SecretState, shortenFingerprint } from './history.ts'
import { describeWrite, movesCurrent, sizeAfter } from './patch.ts'
import { type KubernetesPlace, look } from './read.ts'

/** What the API server allows all values of a Secret to have together. */
export const MAX_DATA_BYTES = 1024 * 1024

export async function writeKey(place: KubernetesPlace, request: WriteRequest): Promise<string> {
  const { api, object, address, call } = place
  const { material, mark } = request
  const { secret, state } = await look(place)
  const version = `${shortenFingerprint(fingerprintOf(material))}.${mark}`
  if (requireFresh(place, toSeen(state, material, mark), request) === 'repeat') return version
  if (movesCurrent(state, material)) refuseTaken(place, state)
  const patch = describeWrite(secret, state, address, request)
  // The replaced value is kept beside the new one.
  const bytes = sizeAfter(secret, patch)
  if (bytes > MAX_DATA_BYTES) throw failTooLarge(place, bytes, MAX_DATA_BYTES)
  await api.patch(object, patch, call)
  return version
}

/** The Secret as the rule for writes sees it. */
export function toSeen({ current, held }: SecretState, material: Material, mark: string): Seen {
  const madeBy = current?.mark === mark ? 'this' : 'other'
  return { version: current?.version, fields: compareFields(held, material), madeBy }
}
