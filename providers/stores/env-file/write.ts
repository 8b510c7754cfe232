import { randomBytes } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Material } from '../../../src/contracts/secret-value.ts'
import type { WriteRequest } from '../../shared/store/frame.ts'
import { requireFresh, type Seen } from '../../shared/store/judge-write.ts'
import { failChanged, failTooLarge, type Place } from '../../shared/store/place.ts'
import { systemFailure } from './errors.ts'
import { isUnchanged } from './file/found-file.ts'
import { removeLeftovers, syncFolder } from './file/replace.ts'
import { writeBeside } from './file/replaceable.ts'
import { findTracking, refuseTracked } from './file/repositories.ts'
import { saveRecord, tempOfRecord } from './file/state.ts'
import { findTooLong, valuesByField } from './fit.ts'
import { setFields } from './formats/edit.ts'
import { newVersionId, prepare, reconcile, spellingsOf, type Version } from './history.ts'
import { asInvalid, fingerprintFields, MAX_FILE_BYTES, refuseAborted, type Session } from './session.ts'

export async function writeKey(session: Session, request: WriteRequest): Promise<string> {
  const { place, file } = session
  const values = joinFields(place, request.material)
  await tidy(session)
  if (place.options.repository === 'ask') {
    const tracking = await findTracking(file.path, place.call.signal)
    refuseAborted(place)
    refuseTracked(place, tracking)
  }
  const fingerprint = fingerprintFields(values)
  const seen = lookFor(session, request.mark, fingerprint)
  if (requireFresh(place, seen, request) === 'repeat' && seen.version !== undefined) return seen.version
  return writeFields(session, values, { id: newVersionId(), fingerprint, mark: request.mark })
}

/** Field → value. @throws ProviderError `invalid` when a value is too long. */
function joinFields(place: Place, material: Material): ReadonlyMap<string, string> {
  const values = valuesByField(place.address, material)
  const long = findTooLong(values)
  if (long !== null) throw place.fail({ code: 'invalid', says: long, nextStep: 'Use a shorter key.' })
  return values
}

/** The file as the rule for writes sees it. The record knows all marks, so a late repeat finds the version it made. */
function lookFor({ record, present, found }: Session, mark: string, fingerprint: string): Seen {
  const compare = (held: string) => (held === fingerprint ? 'same' : 'other')
  const made = record.versions.find((version) => version.mark === mark)
  if (made) return { version: made.id, fields: compare(made.fingerprint), madeBy: 'this' }
  if (present)
    return { version: record.versions.at(-1)?.id, fields: compare(present.fingerprint), madeBy: 'other' }
  return { version: undefined, fields: found.size === 0 ? 'none' : 'some', madeBy: 'other' }
}

/**
 * Puts the values into the file. The order is what makes a kill harmless: the new file is whole on the disk, then the
 * replaced value and what is about to happen are, then the one rename, then the record of it.
 */
async function writeFields(
  session: Session,
  values: ReadonlyMap<string, string>,
  made: Version,
): Promise<string> {
  const { place, file, format, files } = session
  const { provider, call } = place
  const kept = spellingsOf(session.record, made.fingerprint, session.present)
  const text = asInvalid(place, () => setFields(session.text, format, values, kept))
  if (text.length > MAX_FILE_BYTES) throw failTooLarge(place, text.length, MAX_FILE_BYTES)

  const temp = join(file.folder, `${files.tempPrefix}${randomBytes(6).toString('hex')}`)
  const inode = await writeBeside(place, file, { temp, bytes: Buffer.from(text, 'latin1') })
  const prepared = prepare(session.record, session.present, made, inode)
  try {
    await saveRecord(provider, files, prepared)
    refuseAborted(place)
    call.beforeSend()
    await refuseForeignChange(session)
  } catch (error) {
    await rm(temp, { force: true })
    throw error
  }
  await putInPlace(session, temp)
  const present = { fingerprint: made.fingerprint, values, spellings: kept }
  await saveRecord(provider, files, reconcile(prepared, present, inode), 'unknown')
  return made.id
}

/** Removes what a killed write left, beside the file and beside the record. The lock is ours, so nobody writes them. */
export async function tidy(session: Session): Promise<void> {
  const { place, file, files } = session
  try {
    await removeLeftovers(file.folder, files.tempPrefix)
    await rm(tempOfRecord(files), { force: true })
  } catch (error) {
    throw systemFailure(place.provider, error, `tidy up in ${file.folder}`)
  }
}

/** An editor knows nothing of our lock; this look right before the rename leaves it the time of one system call. */
async function refuseForeignChange(session: Session): Promise<void> {
  const { place, file } = session
  let isSame: boolean
  try {
    isSame = await isUnchanged(file)
  } catch (error) {
    throw systemFailure(place.provider, error, `look at ${file.path}`)
  }
  if (isSame) return
  throw failChanged(place, 'was changed by somebody else at the same time')
}

async function putInPlace({ place, file }: Session, temp: string): Promise<void> {
  try {
    await rename(temp, file.path)
  } catch (error) {
    await rm(temp, { force: true })
    throw systemFailure(place.provider, error, `replace ${file.path}`)
  }
  try {
    await syncFolder(file.folder)
  } catch (error) {
    throw systemFailure(place.provider, error, `bring ${file.folder} to the disk`, 'unknown')
  }
}
