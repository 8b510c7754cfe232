import { createHash } from 'node:crypto'
import type { V1Secret } from '@kubernetes/client-node'
import { fingerprintOf } from '../../../src/contracts/fingerprint.ts'
import { type Material, SecretValue } from '../../../src/contracts/secret-value.ts'
import { canBeKey, findShape } from '../../../src/contracts/value-shape.ts'
import { namesOf } from '../../shared/store/fields.ts'
import { type HeldParts, holdParts } from '../../shared/store/held-parts.ts'
import type { Place } from '../../shared/store/place.ts'
import { PREVIOUS_SUFFIX } from './options.ts'

/*
 * A Secret keeps no versions, so ours are made here: `<digest of the value>.<what made it>`, where the maker is the
 * mark of our write, or `rv<resourceVersion>` for a value that we did not write. A mark is used once and a
 * resourceVersion never recurs, so no version occurs twice; and since it contains the digest, the value of a version
 * can be found again, in the current field or in the one for the previous value.
 */

const annotationPrefix = 'keyrota.dev/'

/** What one field's annotation says of the key that the field belongs to. */
export interface Note {
  mark: string
  /** Of the whole key written with this mark. */
  fingerprint: string
  /** Of the replaced key, while it is kept. */
  previous?: string | undefined
}

export interface Kept {
  material: Material
  fingerprint: string
}

export interface SecretState {
  /** The present parts, when all fields are there. */
  current: (Kept & { version: string; mark?: string | undefined }) | undefined
  /** Our parts that are there, and the fields that are not. */
  held: HeldParts
  /** The replaced value, when it is there and our annotation says that it is ours. */
  previous: Kept | undefined
  /** Fields whose place for the previous value is used by somebody else. */
  taken: string[]
}

/** The annotation of a field; a name that the grammar of annotations forbids is replaced by its hash. */
export function annotationOf(field: string): string {
  const isName = field.length <= 63 && /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(field)
  return (
    annotationPrefix +
    (isName ? field : `field-${createHash('sha256').update(field).digest('hex').slice(0, 16)}`)
  )
}

/** The digest in our versions: 16 hex digits, of several parts those of the hash of their fingerprints. */
export function shortenFingerprint(fingerprint: string): string {
  if (!fingerprint.includes(':')) return fingerprint
  return createHash('sha256').update(fingerprint).digest('hex').slice(0, 16)
}

/** In place of the digest of a value that cannot be a key: one that can be guessed would be revealed by its digest. */
const NO_DIGEST = '0'.repeat(16)

function digestOf({ material, fingerprint }: Kept): string {
  return canBeKey(findShape(material)?.shape) ? shortenFingerprint(fingerprint) : NO_DIGEST
}

/** Whether this can be a version. */
export function isVersion(version: string): boolean {
  return /^[0-9a-f]{16}\.[\w.-]+$/.test(version)
}

/** Whether this version is one of this value. */
export function isVersionOf(version: string, kept: Kept | undefined): boolean {
  return kept !== undefined && version.startsWith(`${shortenFingerprint(kept.fingerprint)}.`)
}

/** @throws ProviderError `invalid` if one of our fields holds something other than text. */
export function readState(place: Place, secret: V1Secret): SecretState {
  const fields = namesOf(place.address)
  const note = readNote(secret, fields)
  const held = { ...takeParts(place, secret, ''), others: readOthers(secret, fields) }
  const present = toWhole(held)
  const kept = toWhole(takeParts(place, secret, PREVIOUS_SUFFIX))
  const previous = note?.previous !== undefined && kept?.fingerprint === note.previous ? kept : undefined
  const isOurs = present !== undefined && note?.fingerprint === present.fingerprint
  const maker = isOurs ? note.mark : `rv${secret.metadata?.resourceVersion ?? ''}`
  return {
    current: present && {
      ...present,
      version: `${isOurs ? shortenFingerprint(present.fingerprint) : digestOf(present)}.${maker}`,
      mark: isOurs ? note.mark : undefined,
    },
    held,
    previous,
    taken: previous ? [] : fields.filter((field) => holds(secret, field + PREVIOUS_SUFFIX)),
  }
}

/** The fields that are neither the key's own nor kept for a previous value; what is not text holds no key. */
function readOthers(secret: V1Secret, own: readonly string[]): Record<string, SecretValue> {
  const others = Object.entries(secret.data ?? {}).filter(
    ([field]) => !own.includes(field) && !field.endsWith(PREVIOUS_SUFFIX),
  )
  return Object.fromEntries(
    others.map(([field, base64]) => [
      field,
      new SecretValue(new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.from(base64, 'base64'))),
    ]),
  )
}

function holds(secret: V1Secret, field: string): boolean {
  return Object.hasOwn(secret.data ?? {}, field)
}

/** The parts in these fields, each name followed by the suffix. */
function takeParts(place: Place, secret: V1Secret, suffix: string): HeldParts {
  return holdParts(place.address, (name) => {
    const field = `${name}${suffix}`
    return holds(secret, field) ? decode(place, secret.data?.[field] ?? '', field) : undefined
  })
}

function toWhole({ material, absent }: HeldParts): Kept | undefined {
  return absent.length > 0 ? undefined : { material, fingerprint: fingerprintOf(material) }
}

function decode(place: Place, base64: string, field: string): string {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    return decoder.decode(Buffer.from(base64, 'base64'))
  } catch {
    const says = `has bytes that are not UTF-8 text in the field ${field}`
    throw place.fail({ code: 'invalid', says, nextStep: 'Name a field that holds text.' })
  }
}

/** What the annotations of all fields agree on; undefined when they do not, or when one was changed by hand. */
function readNote(secret: V1Secret, fields: readonly string[]): Note | undefined {
  const texts = fields.map((field) => secret.metadata?.annotations?.[annotationOf(field)])
  const [text] = texts
  if (text === undefined || texts.some((other) => other !== text)) return undefined
  let note: unknown
  try {
    note = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof note !== 'object' || note === null || !('mark' in note) || !('fingerprint' in note))
    return undefined
  if (typeof note.mark !== 'string' || typeof note.fingerprint !== 'string') return undefined
  const previous = 'previous' in note && typeof note.previous === 'string' ? note.previous : undefined
  return { mark: note.mark, fingerprint: note.fingerprint, previous }
}
