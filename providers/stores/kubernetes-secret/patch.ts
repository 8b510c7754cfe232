import type { V1Secret } from '@kubernetes/client-node'
import { fingerprintOf } from '../../../src/contracts/fingerprint.ts'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import { isSameMaterial, namesOf } from '../../shared/store/fields.ts'
import { annotationOf, type Note, type SecretState } from './history.ts'
import { PREVIOUS_SUFFIX } from './options.ts'

/** A merge patch; `null` removes a name. The resourceVersion makes the server refuse it if anybody wrote in between. */
interface SecretPatch {
  metadata: { resourceVersion: string | undefined; annotations: Record<string, string> }
  data: Record<string, string | null>
}

/** Whether a write moves the present value into the place of the previous one: not when it is written again. */
export function movesCurrent({ current }: SecretState, material: Material): boolean {
  return current !== undefined && !isSameMaterial(current.material, material)
}

/** Sets the parts, moves the replaced ones to their place and notes both, in one patch. */
export function describeWrite(
  secret: V1Secret,
  state: SecretState,
  address: SecretAddress,
  { material, mark }: { material: Material; mark: string },
): SecretPatch {
  const data: Record<string, string> = {}
  const moved = movesCurrent(state, material) ? state.current : undefined
  for (const [part, field] of Object.entries(address.fields)) {
    data[String(field)] = encode(material[part]?.expose() ?? '')
    if (moved) data[field + PREVIOUS_SUFFIX] = encode(moved.material[part]?.expose() ?? '')
  }
  const previous = (moved ?? state.previous)?.fingerprint
  return patchOf(secret, address, { mark, fingerprint: fingerprintOf(material), previous }, data)
}

/** Removes the replaced value. */
export function describeRetirement(
  secret: V1Secret,
  { current }: SecretState,
  address: SecretAddress,
): SecretPatch {
  const data: Record<string, null> = {}
  for (const field of namesOf(address)) data[field + PREVIOUS_SUFFIX] = null
  const note =
    current?.mark === undefined ? undefined : { mark: current.mark, fingerprint: current.fingerprint }
  return patchOf(secret, address, note, data)
}

/** All values of the Secret together, after the patch. */
export function sizeAfter(secret: V1Secret, patch: SecretPatch): number {
  const values = Object.values({ ...secret.data, ...patch.data })
  return values.reduce((sum, value) => sum + Buffer.byteLength(value ?? '', 'base64'), 0)
}

function patchOf(
  secret: V1Secret,
  address: SecretAddress,
  note: Note | undefined,
  data: SecretPatch['data'],
): SecretPatch {
  const annotations: Record<string, string> = {}
  if (note) for (const field of namesOf(address)) annotations[annotationOf(field)] = JSON.stringify(note)
  return { metadata: { resourceVersion: secret.metadata?.resourceVersion, annotations }, data }
}

function encode(value: string): string {
  return Buffer.from(value, 'utf8').toString('base64')
}
