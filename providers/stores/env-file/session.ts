import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { fingerprintOf } from '../../../src/contracts/fingerprint.ts'
import { material } from '../../../src/contracts/secret-value.ts'
import { namesOf } from '../../shared/store/fields.ts'
import type { Place } from '../../shared/store/place.ts'
import { failure, systemFailure } from './errors.ts'
import { type FoundFile, findFile } from './file/found-file.ts'
import { takeLock } from './file/lock.ts'
import { loadRecord, openState, type StateFiles } from './file/state.ts'
import { EditError, readFields, readSpellings } from './formats/edit.ts'
import type { Format } from './formats/format.ts'
import { formats } from './formats/formats.ts'
import { type Present, reconcile, type SideRecord } from './history.ts'
import type { Options } from './options.ts'

/** Largest file that is taken for an env file. */
export const MAX_FILE_BYTES = 1_048_576

/** What one call works on. */
export interface EnvPlace extends Place {
  /** Of the file as the config names it. */
  readonly path: string
  readonly options: Options
  readonly stateFolder: string
  readonly lockLimitMs: number
}

/** One look at a target under its lock: what the file holds, and the side record brought in line with it. */
export interface Session {
  readonly place: EnvPlace
  readonly file: FoundFile
  readonly files: StateFiles
  readonly format: Format
  /** The file, one character per byte. */
  readonly text: string
  /** The fields that are there. */
  readonly found: ReadonlyMap<string, string>
  /** All fields, or null when at least one is not there. */
  readonly present: Present | null
  readonly record: SideRecord
  /** The record was changed by what the file turned out to hold. */
  readonly recordChanged: boolean
}

/**
 * Opens the file, runs `work` under its lock and releases the lock. This itself changes nothing.
 * @throws ProviderError for a file that must not be written, and for whatever cannot be read.
 */
export async function withFile<T>(place: EnvPlace, work: (session: Session) => Promise<T>): Promise<T> {
  const { provider, call } = place
  refuseAborted(place)
  const { path } = await findFile(provider, place.path)
  const files = await openState(provider, place.stateFolder, path, namesOf(place.address))
  const release = await takeLock(provider, files.lock, place.lockLimitMs, call.signal)
  try {
    // It may have been replaced while we waited.
    const file = await findFile(provider, path)
    return await work(await look(place, file, files))
  } finally {
    release()
  }
}

/** The fingerprint by which the side record knows the values of all fields together. */
export function fingerprintFields(values: ReadonlyMap<string, string>): string {
  return fingerprintOf(material(Object.fromEntries(values)))
}

export function refuseAborted(place: Place): void {
  if (!place.call.signal.aborted) return
  const says = 'was not touched: the call was stopped before'
  throw place.fail({ code: 'unavailable', says, nextStep: 'Try again.' })
}

/** Passes an EditError on as `invalid`. */
export function asInvalid<T>(place: Place, edit: () => T): T {
  try {
    return edit()
  } catch (error) {
    if (!(error instanceof EditError)) throw error
    throw place.fail({
      code: 'invalid',
      says: `cannot be edited: ${error.message}`,
      nextStep: 'Correct the file by hand, or choose the `format` that its reader has.',
    })
  }
}

async function look(place: EnvPlace, seen: FoundFile, files: StateFiles): Promise<Session> {
  const fields = namesOf(place.address)
  const { file, text } = await readFound(place.provider, seen)
  const format = formats[place.options.format]
  const found = asInvalid(place, () => readFields(text, format, fields))
  const spellings = readSpellings(text, format, fields)
  const isWhole = found.size === fields.length
  const present = isWhole ? { fingerprint: fingerprintFields(found), values: found, spellings } : null
  const stored = await loadRecord(place.provider, files, file.path)
  const record = reconcile(stored, present, file.stats.ino)
  const recordChanged = JSON.stringify(record) !== JSON.stringify(stored)
  return { place, file, files, format, text, found, present, record, recordChanged }
}

/** Reads the file through one handle, so that what was looked at and what was read are the same file. */
async function readFound(provider: string, file: FoundFile): Promise<{ file: FoundFile; text: string }> {
  try {
    const handle = await open(file.path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const stats = await handle.stat({ bigint: true })
      if (stats.size > MAX_FILE_BYTES) throw misshapen(provider, file.path, 'is too large for an env file')
      const text = (await handle.readFile()).toString('latin1')
      if (text.includes('\0')) throw misshapen(provider, file.path, 'is not text in UTF-8')
      const after = await handle.stat({ bigint: true })
      if (after.mtimeNs !== stats.mtimeNs || after.size !== stats.size)
        throw failure(provider, {
          code: 'unavailable',
          message: `${file.path} is being written by somebody else`,
          nextStep: 'Try again.',
        })
      return { file: { ...file, stats }, text }
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof ProviderError) throw error
    throw systemFailure(provider, error, `read ${file.path}`)
  }
}

function misshapen(provider: string, path: string, is: string) {
  return failure(provider, {
    code: 'invalid',
    message: `${path} ${is}`,
    nextStep: 'Correct `secret` in the target.',
  })
}
