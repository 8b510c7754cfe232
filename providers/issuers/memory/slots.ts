/*
 * Two fixed places, each with a key. Creating a key regenerates the place that is not in use, and revoking one leaves a
 * key there that nobody holds; the id of a key says its place and which of the keys there it is.
 */

import { ProviderError } from '../../../src/contracts/errors.ts'
import type { ApiIssuer, HeldKey, KeyRef } from '../../../src/contracts/key-issuer.ts'
import { wasSeen } from '../../../src/contracts/listing.ts'
import { idOfSecret } from '../../../src/contracts/secret-in-ref.ts'
import type { Options } from './options.ts'
import { type Account, perform } from './perform.ts'
import { type SlotName, type SpaceKey, slotNames } from './space.ts'

/** The verbs of `slots`; `base` has those that do not depend on the lifecycle. */
export function makeSlots(
  at: Account,
  options: Options,
  base: Pick<ApiIssuer, 'traits' | 'probe' | 'garbage'>,
): ApiIssuer {
  const { space } = at
  const list = () => listSlots(at).map(refOf)
  const issuer: ApiIssuer = {
    ...base,
    lifecycle: 'slots',
    traits: {
      ...base.traits,
      onLostAnswer: options.onLostAnswer === 'stop' ? 'stop' : 'infer',
      exclusive: true,
    },
    async issue(request, call) {
      const key = await perform(at, 'issue', call, () => {
        const inUse = request.current && findHeld(at, request.current)
        if (!inUse) throw unknownUse(at)
        const other = slotNames.find((name) => name !== inUse.slot)
        return regenerate(at, options, other ?? inUse.slot)
      })
      return { ref: refOf(key), material: key.material }
    },
    find: (request, call) =>
      perform(at, 'find', call, () => list().filter((ref) => !wasSeen(request.seen, ref.id))),
    list: (call) => perform(at, 'list', call, list),
    revoke: (held, call) =>
      perform(at, 'revoke', call, () => {
        const key = held.ref || options.revokesByValue ? findHeld(at, held) : undefined
        if (key) regenerate(at, options, key.slot)
        else throw unknownKey(at, held.ref || options.revokesByValue ? 'not_found' : 'invalid')
      }),
  }
  if (options.canIdentify)
    issuer.identify = (held, call) =>
      perform(at, 'identify', call, () => {
        const key = findHeld(at, { material: held })
        if (!key) throw unknownKey(at, 'not_found')
        return refOf(key)
      })
  if (space.keys.length === 0) for (const slot of slotNames) space.addKey({ parts: options.parts, slot })
  return issuer
}

type SlotKey = SpaceKey & { slot: SlotName }

function listSlots({ space }: Account): SlotKey[] {
  return space.liveKeys().filter((key): key is SlotKey => key.slot !== undefined)
}

/** The key with this id, or this value, that is in its place now; never one that took its place. */
function findHeld(at: Account, held: HeldKey): SlotKey | undefined {
  const { ref, material } = held
  if (ref) return listSlots(at).find((key) => refOf(key).id === ref.id)
  return material && listSlots(at).find((key) => at.space.keyOf(material) === key)
}

function regenerate({ space }: Account, options: Options, slot: SlotName): SlotKey {
  for (const key of space.liveKeys().filter((one) => one.slot === slot)) {
    key.revoked = true
    key.deadFrom = space.now()
  }
  return space.addKey({ parts: options.parts, slot }) as SlotKey
}

function refOf(key: SlotKey): KeyRef {
  return { id: `${key.slot}@${idOfSecret(key.material).slice('fp:'.length)}`, createdAt: key.createdAt }
}

function unknownUse(at: Account): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider: at.provider,
    message: 'it is not known which of the two places is in use, so none is regenerated',
    effect: 'none',
    nextStep: 'Let the key in use be adopted first.',
  })
}

function unknownKey(at: Account, code: 'not_found' | 'invalid'): ProviderError {
  return new ProviderError({
    code,
    provider: at.provider,
    message: code === 'not_found' ? 'no place holds this key now' : 'the id of the key is needed',
    effect: 'none',
    nextStep: 'List the keys of the account and compare ids.',
  })
}
