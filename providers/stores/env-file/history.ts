import { randomBytes } from 'node:crypto'
import { z } from 'zod'

/** Versions remembered per target, and replaced values kept until they are retired; the oldest go first. */
const MAX_VERSIONS = 64
const MAX_KEPT = 8

const version = z.strictObject({
  id: z.string(),
  fingerprint: z.string(),
  mark: z.string().optional(),
  retired: z.boolean().optional(),
})

const sideRecord = z.strictObject({
  schema: z.literal(1),
  file: z.string(),
  /** Oldest first; the last one is what the file held when Keyrota last looked. */
  versions: z.array(version),
  /** Values that were replaced and not retired: field → value, and as they were spelled in the file. */
  kept: z.array(
    z.strictObject({
      fingerprint: z.string(),
      values: z.record(z.string(), z.string()),
      spellings: z.record(z.string(), z.string()),
    }),
  ),
  /** A replacement that was prepared; the inode number shows whether it took place. */
  pending: z.strictObject({ version, inode: z.string() }).nullable(),
})

/** What Keyrota remembers of one target, since a file has no versions of its own. It holds replaced values. */
export type SideRecord = z.infer<typeof sideRecord>
export type Version = z.infer<typeof version>

/** What a target's fields hold now; null: at least one is not there. */
export interface Present {
  readonly fingerprint: string
  readonly values: ReadonlyMap<string, string>
  /** How the file spells them, one character per byte. */
  readonly spellings: ReadonlyMap<string, string>
}

export function newSideRecord(file: string): SideRecord {
  return { schema: 1, file, versions: [], kept: [], pending: null }
}

/** Reads a stored record; undefined when it is not one. */
export function parseSideRecord(text: string): SideRecord | undefined {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return undefined
  }
  const { success, data } = sideRecord.safeParse(json)
  return success ? data : undefined
}

/** Whether this can be a version. */
export function isVersionId(version: string): boolean {
  return /^ef-[0-9a-f]{20}$/.test(version)
}

/** An id that no version ever had. */
export function newVersionId(): string {
  return `ef-${randomBytes(10).toString('hex')}`
}

/**
 * Brings the record in line with the file: a prepared replacement is found to have taken place or not, and a value
 * that Keyrota did not write becomes a version of its own.
 */
export function reconcile(record: SideRecord, present: Present | null, inode: bigint): SideRecord {
  const versions = [...record.versions]
  const { pending } = record
  if (pending && present?.fingerprint === pending.version.fingerprint && pending.inode === String(inode))
    versions.push(pending.version)
  if (present && versions.at(-1)?.fingerprint !== present.fingerprint)
    versions.push({ id: newVersionId(), fingerprint: present.fingerprint })
  return prune({ ...record, versions, pending: null }, present?.fingerprint)
}

/** The record before the file is replaced: the present value is kept, the new version is prepared. */
export function prepare(
  record: SideRecord,
  present: Present | null,
  made: Version,
  inode: bigint,
): SideRecord {
  const kept = [...record.kept]
  const isKept = present === null || kept.some(({ fingerprint }) => fingerprint === present.fingerprint)
  if (!isKept && present.fingerprint !== made.fingerprint)
    kept.push({
      fingerprint: present.fingerprint,
      values: Object.fromEntries(present.values),
      spellings: Object.fromEntries(present.spellings),
    })
  return { ...record, kept, pending: { version: made, inode: String(inode) } }
}

/** The values of a version: from the file when it holds the same, else those kept; undefined when they are gone. */
export function valuesOf(
  record: SideRecord,
  id: string,
  present: Present | null,
): ReadonlyMap<string, string> | undefined {
  const found = record.versions.find((candidate) => candidate.id === id)
  if (!found || found.retired) return undefined
  if (found.fingerprint === present?.fingerprint) return present.values
  const kept = record.kept.find(({ fingerprint }) => fingerprint === found.fingerprint)
  return kept && new Map(Object.entries(kept.values))
}

/** How the file spells these values now, or spelled them before they were replaced; empty when it never had them. */
export function spellingsOf(
  { kept }: SideRecord,
  fingerprint: string,
  present: Present | null,
): ReadonlyMap<string, string> {
  if (present?.fingerprint === fingerprint) return present.spellings
  const found = kept.find((candidate) => candidate.fingerprint === fingerprint)
  return new Map(Object.entries(found?.spellings ?? {}))
}

/**
 * Gives a replaced version up. Its value is dead, so every version that holds the same goes with it, unless that
 * value is the current one again.
 */
export function retireVersion(record: SideRecord, id: string, present: Present | null): SideRecord {
  const target = record.versions.find((candidate) => candidate.id === id)
  if (!target) return record
  const isPresent = target.fingerprint === present?.fingerprint
  const versions = record.versions.map((candidate) =>
    candidate.id === id || (!isPresent && candidate.fingerprint === target.fingerprint)
      ? { ...candidate, retired: true }
      : candidate,
  )
  return prune({ ...record, versions }, present?.fingerprint)
}

/** Drops values that no readable version needs, and what is beyond the limits. */
function prune(record: SideRecord, present: string | undefined): SideRecord {
  const versions = record.versions.slice(-MAX_VERSIONS)
  const needed = new Set(versions.filter(({ retired }) => !retired).map(({ fingerprint }) => fingerprint))
  const kept = record.kept
    .filter(({ fingerprint }) => fingerprint !== present && needed.has(fingerprint))
    .slice(-MAX_KEPT)
  return { ...record, versions, kept }
}
