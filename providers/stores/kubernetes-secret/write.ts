import type { V1Secret } from '@kubernetes/client-node'
import { fingerprintOf } from '../../../src/contracts/fingerprint.ts'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import { isSameMaterial } from '../../shared/store/secret-text.ts'
import { annotationOf, type Note, type SecretState, shortenFingerprint } from './history.ts'
import { PREVIOUS_SUFFIX } from './options.ts'

/** What the API server allows all values of a Secret to have together. */
export const MAX_DATA_BYTES = 1024 * 1024

export interface Intent {
  mark: string
  replaces: string | 'absent'
}

/** A merge patch; `null` removes a name. The resourceVersion makes the server refuse it when anybody wrote in between. */
export interface SecretPatch {
  metadata: { resourceVersion: string | undefined; annotations: Record<string, string> }
  data: Record<string, string | null>
}

/** What a write comes to, as the Secret is now. */
export function judge(
  state: SecretState,
  address: SecretAddress,
  material: Material,
  { mark, replaces }: Intent,
): 'write' | 'repeat' | 'conflict' {
  const { current, absent } = state
  if (current?.mark === mark) return isSameMaterial(current.material, material) ? 'repeat' : 'conflict'
  const isExpected =
    replaces === 'absent'
      ? absent.length === Object.keys(address.fields).length
      : current?.version === replaces
  return isExpected ? 'write' : 'conflict'
}

/** The version that a write with this mark makes. */
export function versionFor(material: Material, mark: string): string {
  return `${shortenFingerprint(fingerprintOf(material))}.${mark}`
}

/** Whether the write moves a value into the place of the previous one. */
export function movesCurrent(state: SecretState, material: Material): boolean {
  return state.current !== undefined && !isSameMaterial(state.current.material, material)
}

/** Sets the parts, moves the replaced ones to their place and notes both, in one patch. */
export function describeWrite(
  secret: V1Secret,
  state: SecretState,
  address: SecretAddress,
  material: Material,
  mark: string,
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
  state: SecretState,
  address: SecretAddress,
): SecretPatch {
  const data: Record<string, null> = {}
  for (const field of Object.values(address.fields)) data[field + PREVIOUS_SUFFIX] = null
  const { current } = state
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
  for (const field of Object.values(address.fields))
    if (note) annotations[annotationOf(String(field))] = JSON.stringify(note)
  return { metadata: { resourceVersion: secret.metadata?.resourceVersion, annotations }, data }
}

function encode(value: string): string {
  return Buffer.from(value, 'utf8').toString('base64')
}
