import { fingerprintOf } from '../../../src/contracts/fingerprint.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import {
  checkSize,
  isSameMaterial,
  isWhole,
  readParts,
  replaceParts,
} from '../../shared/store/secret-text.ts'
import { remember, rememberNewest } from './history.ts'
import { conflictError, isNotFound, type Page, type Place, readPage, readText } from './read.ts'

/** REST reference of SecretPayload: "at most 64KiB". */
const maxBytes = 64 * 1024

/** A write that this process sent. */
interface SentWrite {
  fingerprint: string
  /** The number it gets unless somebody else comes first. */
  expected: number
  /** The number it got; undefined while its answer is not known. */
  version: number | undefined
}

/** What marks were sent, by secret, fields and mark; the oldest are forgotten. */
export type MarkMemory = Map<string, SentWrite>

/**
 * A version has no room for a mark, and keeping it on the secret would cost two more requests and the right to change
 * the secret's settings. So the process remembers what it sent; another process tells a repeat by what it replaces and
 * what it finds.
 */
export function makeMarkMemory(): MarkMemory {
  return new Map()
}

interface Intent {
  mark: string
  replaces: string | 'absent'
}

/**
 * Two requests for a whole secret, three for fields: the versions are listed, the one to replace is read, the new one
 * is added. There is no compare-and-set; but versions are numbered without gaps, so the number that the new one gets
 * tells whether another came in between.
 */
export async function writeKey(
  place: Place,
  material: Material,
  intent: Intent,
  marks: MarkMemory,
): Promise<string> {
  const { client, resource, address, call } = place
  const key = JSON.stringify([resource, Object.entries(address.fields).sort(), intent.mark])
  const fingerprint = fingerprintOf(material)
  const sent = marks.get(key)
  if (sent !== undefined && sent.fingerprint !== fingerprint) {
    throw conflictError(place, 'a write with this mark had another value')
  }
  if (sent?.version !== undefined) return String(sent.version)
  if (sent !== undefined) await lookForLost(place, sent.expected)
  const page = await readPage(place)
  const base = await findBase(place, material, intent, page, sent?.expected)
  if ('made' in base) return String(base.made)
  const text = replaceParts(base.text, address, material, place)
  checkSize(text, maxBytes, place)
  const expected = page.highest + 1
  remember(marks, key, { fingerprint, expected, version: undefined })
  const { number } = await client.add(resource, Buffer.from(text, 'utf8'), call)
  rememberNewest(place.newest, resource, number)
  if (number !== expected) {
    throw conflictError(
      place,
      `version ${number - 1} was added at the same time as ours, ${number}`,
      'unknown',
    )
  }
  remember(marks, key, { fingerprint, expected, version: number })
  return String(number)
}

/** After a lost answer the list may not show our version yet; asked for by its number it is there, or never was made. */
async function lookForLost(place: Place, expected: number): Promise<void> {
  const { client, resource, call, newest } = place
  try {
    await client.access(resource, expected, call)
    rememberNewest(newest, resource, expected)
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown
  }
}

/** The text that the new version is made from, or the version that this very write made before. */
async function findBase(
  place: Place,
  material: Material,
  intent: Intent,
  page: Page,
  expected: number | undefined,
): Promise<{ text: string | undefined } | { made: number }> {
  const now = page.current?.number
  const isNamed = now === undefined ? intent.replaces === 'absent' : String(now) === intent.replaces
  if (isNamed && (now === undefined || (isWhole(place.address) && expected !== now)))
    return { text: undefined }
  if (now === undefined) throw conflictError(place, `it has no version, so none is ${intent.replaces}`)
  const text = page.text ?? (await readText(place, now))
  const held = readParts(text, place.address, place).material
  const isOurs = expected === now || (!isNamed && isNextAfter(page, intent.replaces))
  if (isOurs && isSameMaterial(held, material)) return { made: now }
  const isAbsent = Object.keys(held).length === 0
  if (intent.replaces === 'absent' ? isAbsent : isNamed && !isAbsent) return { text }
  throw conflictError(place, `it no longer is what the write replaces, but has version ${now}`)
}

/** Whether the current version is the one enabled version after the replaced one: a repeat finds its own write so. */
function isNextAfter(page: Page, replaces: string | 'absent'): boolean {
  if (replaces === 'absent') return true
  const after = page.versions.filter(({ number, state }) => state === 'ENABLED' && number > Number(replaces))
  return after.length === 1
}
