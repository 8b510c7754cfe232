/* Finds the id of a key by its value. */

import type { Call } from '../../../src/contracts/call.ts'
import { fingerprintOf } from '../../../src/contracts/fingerprint.ts'
import type { KeyRef } from '../../../src/contracts/key-issuer.ts'
import { idOfSecret, refuseSecretInRef, secretParts } from '../../../src/contracts/secret-in-ref.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import { readJson } from '../../shared/http/client.ts'
import { toStatusError } from '../../shared/http/errors.ts'
import { pickText } from '../../shared/http/extract.ts'
import { readBack } from './act.ts'
import { judgeProbe } from './classify.ts'
import { listKeys } from './keys.ts'
import { type Api, send } from './operations.ts'
import { partNames } from './parts.ts'
import { scopeOfParts, versionId } from './scope.ts'
import { findPlace, readPlaces } from './slots.ts'
import { unknownKey } from './undescribed.ts'

type Identify = (material: Material, call: Call) => Promise<KeyRef>

/** Returns the way to identify a key that these options give: by asking with the key, or in what the service shows. */
export function identifierOf(api: Api): Identify | undefined {
  const { whoami, lifecycle, list, readBack: reads } = api.options
  if (whoami !== undefined) return (material, call) => askWhoami(api, material, call)
  if (lifecycle === 'slots') return (material, call) => findInPlaces(api, material, call)
  if (lifecycle === 'roll' && reads !== undefined)
    return (material, call) => compareCurrent(api, material, call)
  const showsAll = list?.parts !== undefined && partNames(api.options).every((part) => list.parts?.[part])
  return showsAll ? (material, call) => findInList(api, material, call) : undefined
}

async function findInPlaces(api: Api, material: Material, call: Call): Promise<KeyRef> {
  const place = findPlace(await readPlaces(api, call), { material })
  if (place === undefined) throw unknownKey(api)
  return place.ref
}

async function compareCurrent(api: Api, material: Material, call: Call): Promise<KeyRef> {
  const { ref } = await readBack(api, call)
  if (ref.fingerprint !== fingerprintOf(material)) throw unknownKey(api)
  return ref
}

async function findInList(api: Api, material: Material, call: Call): Promise<KeyRef> {
  const fingerprint = fingerprintOf(material)
  const found = (await listKeys(api, call)).find((key) => key.ref.fingerprint === fingerprint)
  if (found === undefined) throw unknownKey(api)
  return found.ref
}

async function askWhoami(api: Api, material: Material, call: Call): Promise<KeyRef> {
  const { whoami, publicParts, list, lifecycle } = api.options
  if (whoami === undefined) throw unknownKey(api)
  const answer = await send(api, 'whoami', whoami, scopeOfParts(material, publicParts), call)
  if (answer.status < 200 || answer.status > 299) {
    if (judgeProbe(api.options.probe, answer).verdict === 'rejected') throw unknownKey(api)
    throw toStatusError(answer, answer.subject)
  }
  if (answer.body.length === 0) throw unknownKey(api)
  const body = readJson(answer)
  const id = whoami.id === undefined ? undefined : pickText(body, whoami.id)
  const name = whoami.name === undefined ? undefined : pickText(body, whoami.name)
  const told = { id: id ?? '', ...(name === undefined ? {} : { name }) }
  const about = { provider: api.settings.provider, made: false }
  refuseSecretInRef(told, secretParts(material, publicParts), about)
  if (list === undefined) {
    if (id === undefined) throw unknownKey(api)
    return { id: lifecycle === 'roll' ? versionId(id, idOfSecret(material, publicParts).slice(3)) : id }
  }
  const found = (await listKeys(api, call)).filter(({ ref }) =>
    id === undefined ? name !== undefined && ref.name === name : ref.id === id,
  )
  const [only, second] = found
  if (only === undefined || second !== undefined) throw unknownKey(api)
  return only.ref
}
