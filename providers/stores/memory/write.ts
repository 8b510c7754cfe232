/** Writes, with and without compare-and-set. */
import { fingerprintPart } from '../../../src/contracts/fingerprint.ts'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import type { SecretValue } from '../../../src/contracts/secret-value.ts'
import type { WriteRequest } from '../../shared/store/frame.ts'
import { type HeldParts, holdParts } from '../../shared/store/held-parts.ts'
import { compareFields, requireFresh, type Seen } from '../../shared/store/judge-write.ts'
import { failChanged, type Place } from '../../shared/store/place.ts'
import { MAX_VALUE_BYTES } from './options.ts'
import { change, failure, look, type Request } from './request.ts'
import type { Fields, SpaceSecret, SpaceVersion } from './space.ts'

/** One write, checked: field → value, at its place. */
export interface Write extends WriteRequest {
  readonly place: Place
  readonly fields: Fields
}

/**
 * Joins parts and fields.
 * @throws ProviderError `invalid` when a value is too long.
 */
export function prepareWrite(place: Place, request: WriteRequest): Write {
  const fields = new Map<string | null, SecretValue>()
  for (const [part, field] of Object.entries(place.address.fields)) {
    const value = request.material[part]
    if (!value) continue
    if (Buffer.byteLength(value.expose()) > MAX_VALUE_BYTES) {
      const says = `cannot have a value of more than ${MAX_VALUE_BYTES} bytes`
      throw place.fail({ code: 'invalid', says, nextStep: 'Use a shorter key.' })
    }
    fields.set(field, value)
  }
  return { ...request, place, fields }
}

/** Compare-and-set in one request, as a store does it that looks and changes in one turn. */
export function writeAtOnce(request: Request, write: Write): Promise<string> {
  return change(request, () => {
    const secret = openSecret(request)
    return findRepeat(secret, write) ?? append(request, secret, write).id
  })
}

/**
 * Looks, writes, looks again: all that can be done where the store takes every write. Another write in
 * between is a `conflict` whose effect is unknown.
 */
export async function writeAndLook(request: Request, write: Write): Promise<string> {
  const before = await look(request, () => {
    const secret = openSecret(request)
    return { repeated: findRepeat(secret, write), last: secret.versions.at(-1)?.id }
  })
  if (before.repeated !== undefined) return before.repeated
  const made = await change(request, () => append(request, openSecret(request), write).id)
  return look(request, () => {
    const ids = openSecret(request).versions.map(({ id }) => id)
    const expected = before.last === undefined ? [made] : [before.last, made]
    if (ids.slice(-expected.length).join() === expected.join()) return made
    throw failChanged(write.place, 'was changed by somebody else at the same time', 'unknown')
  })
}

/**
 * The secret, if it can be used at all.
 * @throws ProviderError `not_found` (secret) or, when it is disabled, `invalid`.
 */
export function openSecret(request: Request): SpaceSecret {
  const secret = request.space.secrets.get(request.secret)
  if (!secret || secret.state === 'deleted')
    throw failure(request, {
      code: 'not_found',
      missing: 'secret',
      message: `secret ${request.secret} does not exist`,
      nextStep: 'Name it under `secrets` of this store, or create it in its space.',
    })
  if (secret.state === 'disabled')
    throw failure(request, {
      code: 'invalid',
      message: `secret ${request.secret} is disabled`,
      nextStep: 'Enable it again.',
    })
  return secret
}

/** The version that this very write made already, undefined when it is to be made. */
function findRepeat(secret: SpaceSecret, write: Write): string | undefined {
  const seen = lookFor(secret, write)
  if (requireFresh(write.place, seen, write) === 'repeat') return seen.version
  const last = secret.versions.at(-1)
  if (last && last.fields.has(null) !== write.fields.has(null)) {
    const says = last.fields.has(null) ? 'does not have fields' : 'consists of fields'
    throw write.place.fail({ code: 'invalid', says, nextStep: 'Correct `field` in the target.' })
  }
  return undefined
}

/** The secret as the rule for writes sees it. All marks are kept, so a late repeat finds the version it made. */
function lookFor({ versions }: SpaceSecret, { place, fields, material, mark }: Write): Seen {
  const made = versions.find(
    (one) => one.mark === mark && [...fields.keys()].some((field) => one.wrote.has(field)),
  )
  if (made) {
    const isSame = sameEntries(made.wrote, fingerprintsOf(fields))
    return { version: made.id, fields: isSame ? 'same' : 'other', madeBy: 'this' }
  }
  const last = versions.at(-1)
  const held = compareFields(partsOf(place.address, last?.fields), material)
  return { version: last?.id, fields: held, madeBy: 'other' }
}

/** The parts that these fields hold. */
export function partsOf(address: SecretAddress, held: Fields | undefined): HeldParts {
  const others = [...(held ?? [])].filter(
    ([field]) => field !== null && !Object.values(address.fields).includes(field),
  )
  const parts = holdParts(address, (field) => held?.get(field)?.expose())
  return { ...parts, others: Object.fromEntries(others) }
}

function append(request: Request, secret: SpaceSecret, write: Write): SpaceVersion {
  const fields = new Map([...(secret.versions.at(-1)?.fields ?? []), ...write.fields])
  return request.space.addVersion(secret, fields, { mark: write.mark, wrote: fingerprintsOf(write.fields) })
}

function fingerprintsOf(fields: Fields): Map<string | null, string> {
  return new Map([...fields].map(([field, value]) => [field, fingerprintPart(value)]))
}

function sameEntries(
  one: ReadonlyMap<string | null, string>,
  other: ReadonlyMap<string | null, string>,
): boolean {
  return one.size === other.size && [...one].every(([field, fingerprint]) => other.get(field) === fingerprint)
}
