/* Revokes, disables and enables keys, and ends what a roll replaced. */

import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { fingerprintOf } from '../../../src/contracts/fingerprint.ts'
import type { HeldKey, KeyRef } from '../../../src/contracts/key-issuer.ts'
import { idOfSecret } from '../../../src/contracts/secret-in-ref.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import { readJson } from '../../shared/http/client.ts'
import { pickText } from '../../shared/http/extract.ts'
import { listKeys } from './keys.ts'
import { type Api, perform } from './operations.ts'
import { partNames, pickParts, variablesOf } from './parts.ts'
import type { RequestOptions } from './schema.ts'
import { scopeOfKey, versionId } from './scope.ts'
import type { Scope } from './template.ts'
import { notDescribed, unknownKey } from './undescribed.ts'

/** Sends a request about exactly this key. */
export async function act(
  api: Api,
  name: 'revoke' | 'disable' | 'enable',
  operation: RequestOptions | undefined,
  key: HeldKey,
  call: Call,
): Promise<void> {
  if (operation === undefined) throw notDescribed(api, name)
  const material = key.material ?? (await findMaterial(api, operation, key, call))
  const scope = scopeOfKey(
    { ...key, ...(material === undefined ? {} : { material }) },
    api.options.publicParts,
  )
  requireIdentified(api, name, operation, scope)
  await perform(api, name, operation, scope, call)
}

/**
 * The value of a key whose request needs it and that nobody holds any more: from the list, where that shows values.
 * @throws ProviderError `not_found` if the list does not show this key.
 */
async function findMaterial(
  api: Api,
  operation: RequestOptions,
  key: HeldKey,
  call: Call,
): Promise<Material | undefined> {
  const used = variablesOf(operation)
  const isNeeded = partNames(api.options).some((part) => used.has(part)) && !used.has('id')
  const { ref, fingerprint } = key
  if (!isNeeded || api.options.list?.parts === undefined) return undefined
  if (ref === undefined && fingerprint === undefined) return undefined
  const found = (await listKeys(api, call)).find((one) =>
    ref === undefined ? one.ref.fingerprint === fingerprint : one.ref.id === ref.id,
  )
  if (found === undefined) throw unknownKey(api)
  return found.material
}

/** Unknown fields are omitted, and a service may apply a request that names no key to all of them. */
function requireIdentified(api: Api, name: string, operation: RequestOptions, scope: Scope): void {
  const ofKey = ['id', 'name', ...partNames(api.options)]
  const naming = [...variablesOf(operation)].filter((variable) => ofKey.includes(variable))
  if (naming.length === 0 || naming.some((variable) => scope[variable] !== undefined)) return
  throw new ProviderError({
    code: 'invalid',
    provider: api.settings.provider,
    message: `${name} names a key by ${naming.join(' or ')}, which is not known for this key`,
    effect: 'none',
    nextStep: `Revoke the key at the service by hand, or describe ${name} with what is known of every key.`,
  })
}

/** Ends the key that the last roll replaced; the current one is not named in this request and is not touched. */
export async function endOverlap(api: Api, call: Call): Promise<void> {
  const operation = api.options.endOverlap
  if (operation === undefined) throw notDescribed(api, 'endOverlap')
  await perform(api, 'endOverlap', operation, {}, call)
}

/** Returns the current key of a roll with its value. */
export async function readBack(api: Api, call: Call): Promise<{ ref: KeyRef; material: Material }> {
  const operation = api.options.readBack
  if (operation?.parts === undefined) throw notDescribed(api, 'readBack')
  const body = readJson(await perform(api, 'readBack', operation, {}, call))
  const material = pickParts(body, operation.parts)
  const id = operation.id === undefined ? undefined : pickText(body, operation.id)
  if (typeof material === 'string' || (operation.id !== undefined && id === undefined)) {
    const field = typeof material === 'string' ? `readBack.parts.${material}` : 'readBack.id'
    throw new ProviderError({
      code: 'invalid',
      provider: api.settings.provider,
      message: `${field} finds nothing in the response`,
      effect: 'none',
      nextStep: `Compare ${field} in the config with the response of the service.`,
    })
  }
  const ofValue = idOfSecret(material, api.options.publicParts)
  const ref = { id: id === undefined ? ofValue : versionId(id, ofValue.slice(3)) }
  return { ref: { ...ref, fingerprint: fingerprintOf(material) }, material }
}
