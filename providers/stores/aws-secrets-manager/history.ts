import { createHash } from 'node:crypto'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'

/*
 * The version id of a write is its ClientRequestToken, 32 to 64 characters of our choice. So the id itself carries the
 * mark: `keyrota-<mark>-<hex>`, always 64 long. It costs no call and cannot be taken away as a staging label can (of
 * which a secret may have 20 in all). The hex is a hash of mark, target and the version to be replaced: the text that is
 * put holds the siblings of that version, so over another one it is another text, which one token could not carry.
 */

const prefix = 'keyrota-'
const idLength = 64
const minHashLength = 16
const maxMarkLength = idLength - prefix.length - 1 - minHashLength

/** Whether this can be a version id: a ClientRequestToken, of ours or of others. */
export function isVersionId(version: string): boolean {
  return /^[\x21-\x7e]{32,64}$/.test(version)
}

/** Whether the mark fits into a version id: letters, digits and hyphens, at most 39. */
export function isUsableMark(mark: string): boolean {
  return mark.length <= maxMarkLength && /^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/.test(mark)
}

/** The version that this write makes at this address; the same at each repeat. */
export function versionIdOf(
  address: SecretAddress,
  { mark, replaces }: { mark: string; replaces: string | 'absent' },
): string {
  const fields = Object.entries(address.fields).sort(([a], [b]) => (a < b ? -1 : 1))
  const hash = createHash('sha256')
    .update(JSON.stringify([mark, replaces, address.secret, fields]))
    .digest('hex')
  return `${prefix}${mark}-${hash.slice(0, idLength - prefix.length - mark.length - 1)}`
}

/** The mark in a version id; undefined for a version that Keyrota did not make. */
export function markOf(versionId: string): string | undefined {
  if (versionId.length !== idLength || !versionId.startsWith(prefix)) return undefined
  return /^keyrota-(.+)-[0-9a-f]{16,}$/.exec(versionId)?.[1]
}
