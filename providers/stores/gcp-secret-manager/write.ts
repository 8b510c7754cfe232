import { fingerprintOf } from '../../../src/contracts/fingerprint.ts'
import type { WriteRequest } from '../../shared/store/frame.ts'
import { compareFields, requireFresh, type Seen } from '../../shared/store/judge-write.ts'
import { failChanged } from '../../shared/store/place.ts'
import { isWhole, readParts, replaceParts } from '../../shared/store/secret-text.ts'
import { type GcpPlace, isNotFound, type Page, readPage, readText } from './read.ts'

/** REST reference of SecretPayload: "at most 64KiB". */
const maxBytes = 64 * 1024

/**
 * Two requests for a whole secret, three for fields: the versions are listed, the one to replace is read, the new one
 * is added. There is no compare-and-set; but versions are numbered without gaps, so the number that the new one gets
 * shows whether another came in between.
 */
export async function writeKey(place: GcpPlace, request: WriteRequest): Promise<string> {
  const { client, resource, address, call, history } = place
  const { material, mark } = request
  const at = { resource, address, mark }
  const fingerprint = fingerprintOf(material)
  const sent = history.findSent(at)
  if (sent !== undefined && sent.fingerprint !== fingerprint)
    throw failChanged(place, 'was written with the same mark and another value before')
  if (sent?.version !== undefined) return String(sent.version)
  if (sent !== undefined) await lookForLost(place, sent.expected)
  const page = await readPage(place)
  const { seen, text } = await lookAt(place, request, page, sent?.expected)
  if (requireFresh(place, seen, request) === 'repeat') return String(seen.version)
  const payload = replaceParts(place, text, material, maxBytes)
  const expected = page.highest + 1
  history.rememberSent(at, { fingerprint, expected, version: undefined })
  const { number } = await client.add(resource, Buffer.from(payload, 'utf8'), call)
  history.rememberNewest(resource, number)
  if (number !== expected) {
    const says = `was changed: version ${number - 1} was added at the same time as ours, ${number}`
    throw failChanged(place, says, 'unknown')
  }
  history.rememberSent(at, { fingerprint, expected, version: number })
  return String(number)
}

/** After a lost answer the list may not show our version yet; asked for by its number it is there, or never was made. */
async function lookForLost(place: GcpPlace, expected: number): Promise<void> {
  const { client, resource, call, history } = place
  try {
    await client.access(resource, expected, call)
    history.rememberNewest(resource, expected)
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown
  }
}

/** What the secret holds now, and its text as far as the new version needs it. */
async function lookAt(
  place: GcpPlace,
  { material, replaces }: WriteRequest,
  page: Page,
  expected: number | undefined,
): Promise<{ seen: Seen; text?: string }> {
  const now = page.current?.number
  if (now === undefined) return { seen: { version: undefined, fields: 'none', madeBy: 'other' } }
  const version = String(now)
  // A whole secret is replaced without a look at its value, unless it may be this write's own.
  if (isWhole(place.address) && version === replaces && expected !== now)
    return { seen: { version, fields: 'other', madeBy: 'other' } }
  const text = page.text ?? (await readText(place, now))
  const fields = compareFields(readParts(place, text), material)
  if (expected === now && fields === 'same') return { seen: { version, fields, madeBy: 'this' }, text }
  return { seen: { version, fields, madeBy: isNextAfter(page, replaces) ? 'perhaps' : 'other' }, text }
}

/** Whether the current version is the only enabled one after the replaced one: a repeat finds its own write so. */
function isNextAfter(page: Page, replaces: string | 'absent'): boolean {
  if (replaces === 'absent') return true
  const after = page.versions.filter(({ number, state }) => state === 'ENABLED' && number > Number(replaces))
  return after.length === 1
}
