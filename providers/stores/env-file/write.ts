import { randomBytes } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Call } from '../../../src/contracts/call.ts'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import { setFields } from './edit.ts'
import { failure, systemFailure } from './failures.ts'
import { MAX_VALUE_BYTES } from './options.ts'
import { isUnchanged } from './place.ts'
import { removeLeftovers, syncFolder, writeTemp } from './replace.ts'
import { asInvalid, fingerprintFields, MAX_FILE_BYTES, refuseAborted, type Session } from './session.ts'
import { newVersionId, prepare, reconcile, type Version } from './side-record.ts'
import { saveRecord, tempOfRecord } from './state.ts'

/**
 * Joins parts and fields: field → value.
 * @throws ProviderError `invalid` when they do not match or a value is too long.
 */
export function joinFields(
  provider: string,
  address: SecretAddress,
  material: Material,
): ReadonlyMap<string, string> {
  const invalid = (message: string, nextStep: string) =>
    failure(provider, { code: 'invalid', message, nextStep })
  const parts = Object.keys(address.fields)
  if (parts.length !== Object.keys(material).length || parts.some((part) => !material[part]))
    throw invalid('the parts of the key are not those of the address', 'Give each part of the key a field.')
  const values = new Map<string, string>()
  for (const [part, field] of Object.entries(address.fields)) {
    const value = material[part]?.expose()
    if (value === undefined || field === null) continue
    if (Buffer.byteLength(value) > MAX_VALUE_BYTES)
      throw invalid(`the value for ${field} is longer than ${MAX_VALUE_BYTES} bytes`, 'Use a shorter key.')
    values.set(field, value)
  }
  return values
}

/**
 * Puts the values into the file. The order is what makes a kill harmless: the new file is whole on the disk, then the
 * replaced value and what is about to happen are, then the one rename, then the record of it.
 */
export async function writeFields(
  session: Session,
  values: ReadonlyMap<string, string>,
  intent: { mark: string; replaces: string },
  call: Call,
): Promise<{ version: string }> {
  const { provider, place, format, files } = session
  const fingerprint = fingerprintFields(values)
  const repeated = findRepeat(session, intent.mark, fingerprint)
  if (repeated) return { version: repeated.id }
  refuseStale(session, intent.replaces)
  const text = asInvalid(provider, place.path, () => setFields(session.text, format, values))
  if (text.length > MAX_FILE_BYTES)
    throw failure(provider, {
      code: 'invalid',
      message: `${place.path} would become too large for an env file`,
      nextStep: 'Use another file for this key.',
    })

  const made: Version = { id: newVersionId(), fingerprint, mark: intent.mark }
  const temp = join(place.folder, `${files.tempPrefix}${randomBytes(6).toString('hex')}`)
  const inode = await writeBeside(session, temp, Buffer.from(text, 'latin1'))
  const prepared = prepare(session.record, session.present, made, inode)
  try {
    await saveRecord(provider, files, prepared)
    refuseAborted(provider, call)
    call.beforeSend()
    await refuseForeignChange(session)
  } catch (error) {
    await rm(temp, { force: true })
    throw error
  }
  await putInPlace(session, temp)
  await saveRecord(provider, files, reconcile(prepared, { fingerprint, values }, inode), 'unknown')
  return { version: made.id }
}

/** Removes what a killed write left, beside the file and beside the record. The lock is ours, so nobody writes them. */
export async function tidy(session: Session): Promise<void> {
  const { provider, place, files } = session
  try {
    await removeLeftovers(place.folder, files.tempPrefix)
    await rm(tempOfRecord(files), { force: true })
  } catch (error) {
    throw systemFailure(provider, error, `tidy up in ${place.folder}`)
  }
}

function findRepeat(session: Session, mark: string, fingerprint: string): Version | undefined {
  const made = session.record.versions.find((version) => version.mark === mark)
  if (!made || made.fingerprint === fingerprint) return made
  throw failure(session.provider, {
    code: 'conflict',
    message: 'this mark was used for another value',
    nextStep: 'Write under a new mark.',
  })
}

function refuseStale(session: Session, replaces: string): void {
  const current = session.present && session.record.versions.at(-1)?.id
  const isFresh = replaces === 'absent' ? session.found.size === 0 : current === replaces
  if (isFresh) return
  throw failure(session.provider, {
    code: 'conflict',
    message: `${session.place.path} does not hold the version to be replaced`,
    nextStep: 'Read it again.',
  })
}

/** An editor knows nothing of our lock; this look right before the rename leaves it the time of one system call. */
async function refuseForeignChange(session: Session): Promise<void> {
  const { provider, place } = session
  let isSame: boolean
  try {
    isSame = await isUnchanged(place)
  } catch (error) {
    throw systemFailure(provider, error, `look at ${place.path}`)
  }
  if (isSame) return
  throw failure(provider, {
    code: 'conflict',
    message: `somebody else changed ${place.path} just now`,
    nextStep: 'Read it again.',
  })
}

async function writeBeside({ provider, place }: Session, temp: string, bytes: Uint8Array): Promise<bigint> {
  const { uid, gid, mode } = place.stats
  const ownership = { uid: Number(uid), gid: Number(gid), mode: Number(mode) }
  try {
    return await writeTemp(temp, bytes, ownership)
  } catch (error) {
    throw systemFailure(provider, error, `write a new file beside ${place.path} with its owner and rights`)
  }
}

async function putInPlace({ provider, place }: Session, temp: string): Promise<void> {
  try {
    await rename(temp, place.path)
  } catch (error) {
    await rm(temp, { force: true })
    throw systemFailure(provider, error, `replace ${place.path}`)
  }
  try {
    await syncFolder(place.folder)
  } catch (error) {
    throw systemFailure(provider, error, `bring ${place.folder} to the disk`, 'unknown')
  }
}
