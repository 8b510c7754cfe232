import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { fingerprintOf } from '../../../src/contracts/fingerprint.ts'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import { material } from '../../../src/contracts/secret-value.ts'
import { EditError, readFields } from './edit.ts'
import { failure, systemFailure } from './failures.ts'
import type { Format } from './format.ts'
import { formats } from './formats.ts'
import { takeLock } from './lock.ts'
import { checkAddress, type Options } from './options.ts'
import { findPlace, type Place } from './place.ts'
import { type Present, reconcile, type SideRecord } from './side-record.ts'
import { loadRecord, openState, type StateFiles } from './state.ts'

/** Largest file that is taken for an env file. */
export const MAX_FILE_BYTES = 1_048_576

export interface Setting {
  readonly provider: string
  readonly options: Options
  readonly stateFolder: string
  readonly lockLimitMs: number
}

/** One look at a target under its lock: what the file holds, and the side record brought in line with it. */
export interface Session {
  readonly provider: string
  readonly place: Place
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
 * Opens the target, runs `work` under its lock and gives the lock back. Nothing in here changes anything.
 * @throws ProviderError for an illegal address, a file that must not be written, and whatever cannot be read.
 */
export async function withTarget<T>(
  setting: Setting,
  address: SecretAddress,
  call: Call,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { provider, options } = setting
  const [problem] = checkAddress(address)
  if (problem !== undefined)
    throw failure(provider, { code: 'invalid', message: problem, nextStep: 'Correct the target.' })
  refuseAborted(provider, call)
  const fields = fieldsOf(address)
  const { path } = await findPlace(provider, address.secret, options.folder)
  const files = await openState(provider, setting.stateFolder, path, fields)
  const release = await takeLock(provider, files.lock, setting.lockLimitMs, call.signal)
  try {
    // It may have been replaced while we waited.
    const place = await findPlace(provider, path, undefined)
    return await work(await look(setting, place, files, fields))
  } finally {
    release()
  }
}

/** The fields of an address; `checkAddress` has seen that none is null. */
export function fieldsOf(address: SecretAddress): string[] {
  return Object.values(address.fields).filter((field) => field !== null)
}

/** The fingerprint by which the side record knows the values of all fields together. */
export function fingerprintFields(values: ReadonlyMap<string, string>): string {
  return fingerprintOf(material(Object.fromEntries(values)))
}

export function refuseAborted(provider: string, call: Call): void {
  if (!call.signal.aborted) return
  throw failure(provider, {
    code: 'unavailable',
    message: 'the call was ended before anything was done',
    nextStep: 'Try again.',
  })
}

/** Passes an EditError on as `invalid`. */
export function asInvalid<T>(provider: string, path: string, edit: () => T): T {
  try {
    return edit()
  } catch (error) {
    if (!(error instanceof EditError)) throw error
    throw failure(provider, {
      code: 'invalid',
      message: `${path}: ${error.message}`,
      nextStep: 'Correct the file by hand, or choose the `format` that its reader has.',
    })
  }
}

async function look(
  setting: Setting,
  seen: Place,
  files: StateFiles,
  fields: readonly string[],
): Promise<Session> {
  const { provider, options } = setting
  const { place, text } = await readPlace(provider, seen)
  const format = formats[options.format]
  const found = asInvalid(provider, place.path, () => readFields(text, format, fields))
  const present =
    found.size === fields.length ? { fingerprint: fingerprintFields(found), values: found } : null
  const stored = await loadRecord(provider, files, place.path)
  const record = reconcile(stored, present, place.stats.ino)
  const recordChanged = JSON.stringify(record) !== JSON.stringify(stored)
  return { provider, place, files, format, text, found, present, record, recordChanged }
}

/** Reads the file through one handle, so that what was looked at and what was read are the same file. */
async function readPlace(provider: string, place: Place): Promise<{ place: Place; text: string }> {
  try {
    const handle = await open(place.path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const stats = await handle.stat({ bigint: true })
      if (stats.size > MAX_FILE_BYTES) throw misshapen(provider, place.path, 'is too large for an env file')
      const text = (await handle.readFile()).toString('latin1')
      if (text.includes('\0')) throw misshapen(provider, place.path, 'is not text in UTF-8')
      const after = await handle.stat({ bigint: true })
      if (after.mtimeNs !== stats.mtimeNs || after.size !== stats.size)
        throw failure(provider, {
          code: 'unavailable',
          message: `${place.path} is being written by somebody else`,
          nextStep: 'Try again.',
        })
      return { place: { ...place, stats }, text }
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof ProviderError) throw error
    throw systemFailure(provider, error, `read ${place.path}`)
  }
}

function misshapen(provider: string, path: string, is: string) {
  return failure(provider, {
    code: 'invalid',
    message: `${path} ${is}`,
    nextStep: 'Correct `secret` in the target.',
  })
}
