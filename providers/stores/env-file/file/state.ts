import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { accessFailure, failure, isSystemError } from '../errors.ts'
import { newSideRecord, parseSideRecord, type SideRecord } from '../history.ts'
import { syncFolder, writeTemp } from './replace.ts'

/** Where a target's side record, its lock, and its temporary files are. */
export interface StateFiles {
  readonly record: string
  readonly lock: string
  /** First letters of every temporary file beside the target; no other state folder uses them. */
  readonly tempPrefix: string
}

/**
 * Names a target's files in Keyrota's own state folder, which is made when it is missing. The lock belongs to the
 * env file, the record to the file and its fields, so that two keys in one file know nothing of each other.
 * @throws ProviderError when the folder cannot be made.
 */
export async function openState(
  provider: string,
  stateFolder: string,
  path: string,
  fields: readonly string[],
): Promise<StateFiles> {
  const folder = join(stateFolder, 'env-file')
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw accessFailure(provider, error, `make Keyrota’s own folder ${folder}`)
  }
  return {
    record: join(folder, `${digest(path, ...[...fields].sort())}.json`),
    lock: join(folder, `${digest(path)}.lock`),
    tempPrefix: `${basename(path).slice(0, 100)}.keyrota-${digest(folder, path).slice(0, 8)}-`,
  }
}

/**
 * Loads the side record; a new one when there is none.
 * @throws ProviderError `invalid` when it cannot be understood.
 */
export async function loadRecord(provider: string, files: StateFiles, path: string): Promise<SideRecord> {
  let text: string
  try {
    text = await readFile(files.record, 'utf8')
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return newSideRecord(path)
    throw accessFailure(provider, error, `read Keyrota’s own file ${files.record}`)
  }
  const record = parseSideRecord(text)
  if (record) return record
  throw failure(provider, {
    code: 'invalid',
    message: `Keyrota’s own file ${files.record} is damaged or from a newer release`,
    nextStep: `Move it away; it holds the replaced values of ${path}, which can then no longer be rolled back.`,
  })
}

/** Saves the side record in one step, readable for its owner only. `effect`: what a failure means for the target. */
export async function saveRecord(
  provider: string,
  files: StateFiles,
  record: SideRecord,
  effect: 'none' | 'unknown' = 'none',
): Promise<void> {
  const temp = tempOfRecord(files)
  const ownership = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, mode: 0o600 }
  try {
    // A killed process may have left one; nobody else writes it while we hold the lock.
    await rm(temp, { force: true })
    await writeTemp(temp, Buffer.from(JSON.stringify(record)), ownership)
    await rename(temp, files.record)
    await syncFolder(dirname(files.record))
  } catch (error) {
    throw accessFailure(provider, error, `write Keyrota’s own file ${files.record}`, effect)
  }
}

/** Where a new record is written before it takes the old one's place; a kill may leave it. */
export function tempOfRecord(files: StateFiles): string {
  return `${files.record}.tmp`
}

function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32)
}
