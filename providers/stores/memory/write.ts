/** Writes, with and without compare-and-set. */
import { fingerprintPart } from '../../../src/contracts/fingerprint.ts'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import type { Material, SecretValue } from '../../../src/contracts/secret-value.ts'
import { MAX_VALUE_BYTES } from './options.ts'
import { change, failure, look, type Request } from './request.ts'
import type { Fields, SpaceSecret, SpaceVersion } from './space.ts'

/** One write, checked: field → value, its mark, and what it replaces. */
export interface Write {
  readonly fields: Fields
  readonly mark: string
  readonly replaces: string
}

/**
 * Joins parts and fields.
 * @throws ProviderError `invalid` when they do not match or a value is too long.
 */
export function prepareWrite(
  provider: string,
  address: SecretAddress,
  material: Material,
  intent: { mark: string; replaces: string },
): Write {
  const invalid = (message: string, nextStep: string) =>
    failure({ provider }, { code: 'invalid', message, nextStep })
  const parts = Object.keys(address.fields)
  if (parts.length !== Object.keys(material).length || parts.some((part) => !material[part]))
    throw invalid('the parts of the key are not those of the address', 'Give each part of the key a field.')
  const fields = new Map<string | null, SecretValue>()
  for (const [part, field] of Object.entries(address.fields)) {
    const value = material[part]
    if (!value) continue
    if (Buffer.byteLength(value.expose()) > MAX_VALUE_BYTES)
      throw invalid(`a value is longer than ${MAX_VALUE_BYTES} bytes`, 'Use a shorter key.')
    fields.set(field, value)
  }
  return { fields, mark: intent.mark, replaces: intent.replaces }
}

/** Compare-and-set in one request, as a store does it that looks and changes in one turn. */
export function writeAtOnce(request: Request, write: Write): Promise<{ version: string }> {
  return change(request, () => {
    const secret = openSecret(request)
    const repeated = findRepeat(request, secret, write)
    if (repeated) return { version: repeated.id }
    refuseStale(request, secret, write)
    return { version: append(request, secret, write).id }
  })
}

/**
 * Looks, writes, looks again: all that can be done where the store takes every write. Another write in
 * between is a `conflict` whose effect is unknown.
 */
export async function writeAndLook(request: Request, write: Write): Promise<{ version: string }> {
  const before = await look(request, () => {
    const secret = openSecret(request)
    const repeated = findRepeat(request, secret, write)
    if (!repeated) refuseStale(request, secret, write)
    return { repeated: repeated?.id, last: secret.versions.at(-1)?.id }
  })
  if (before.repeated !== undefined) return { version: before.repeated }
  const made = await change(request, () => append(request, openSecret(request), write).id)
  return look(request, () => {
    const ids = openSecret(request).versions.map(({ id }) => id)
    const expected = before.last === undefined ? [made] : [before.last, made]
    if (ids.slice(-expected.length).join() === expected.join()) return { version: made }
    throw failure(request, {
      code: 'conflict',
      message: 'another writer wrote at the same time',
      effect: 'unknown',
      nextStep: 'Read the secret again and find out what else writes to it.',
    })
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
      message: `there is no secret ${request.secret}`,
      nextStep: 'Name it under `secrets` of this store, or make it in its space.',
    })
  if (secret.state === 'disabled')
    throw failure(request, {
      code: 'invalid',
      message: `the secret ${request.secret} is disabled`,
      nextStep: 'Enable it again.',
    })
  return secret
}

/** The version that this very write made already; the same mark with another value is a conflict. */
function findRepeat(request: Request, secret: SpaceSecret, write: Write): SpaceVersion | undefined {
  const fields = [...write.fields.keys()]
  const made = secret.versions.find(
    ({ mark, wrote }) => mark === write.mark && fields.some((field) => wrote.has(field)),
  )
  if (!made) return undefined
  if (sameEntries(made.wrote, fingerprintsOf(write.fields))) return made
  throw failure(request, {
    code: 'conflict',
    message: 'this mark was used for another value',
    nextStep: 'Write under a new mark.',
  })
}

function refuseStale(request: Request, secret: SpaceSecret, write: Write): void {
  const last = secret.versions.at(-1)
  const held = [...write.fields.keys()].filter((field) => last?.fields.has(field))
  const isFresh = write.replaces === 'absent' ? held.length === 0 : last?.id === write.replaces
  if (!isFresh)
    throw failure(request, {
      code: 'conflict',
      message: `the secret ${request.secret} is not at the version to be replaced`,
      nextStep: 'Read it again.',
    })
  if (last && last.fields.has(null) !== write.fields.has(null))
    throw failure(request, {
      code: 'invalid',
      message: `the secret ${request.secret} ${last.fields.has(null) ? 'has no fields' : 'consists of fields'}`,
      nextStep: 'Correct `field` in the target.',
    })
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
