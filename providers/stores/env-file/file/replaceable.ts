import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, lstat, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Place } from '../../../shared/store/place.ts'
import { isSystemError, systemFailure } from '../errors.ts'
import type { FoundFile } from './found-file.ts'
import { type Ownership, writeTemp } from './replace.ts'

/*
 * Proves that a file can be replaced, without changing it: a new file with its owner and rights is made beside it and
 * removed, and what forbids only the rename itself is looked at.
 */

/** @throws ProviderError `denied` with the reason. */
export async function requireReplaceable(place: Place, file: FoundFile, tempPrefix: string): Promise<void> {
  await refuseImmutable(place, file)
  await refuseSticky(place, file)
  const temp = join(file.folder, `${tempPrefix}${randomBytes(6).toString('hex')}`)
  await writeBeside(place, file, { temp, bytes: new Uint8Array() })
  await rm(temp, { force: true })
}

/** Makes a new file beside the old one with its owner and rights; returns its inode number. */
export async function writeBeside(
  place: Place,
  file: FoundFile,
  { temp, bytes }: { temp: string; bytes: Uint8Array },
): Promise<bigint> {
  const { uid, gid, mode } = file.stats
  const ownership: Ownership = { uid: Number(uid), gid: Number(gid), mode: Number(mode) }
  try {
    return await writeTemp(temp, bytes, ownership)
  } catch (error) {
    if (isSystemError(error) && error.code === 'EPERM' && Number(uid) !== process.geteuid?.())
      throw place.fail({
        code: 'denied',
        says: `belongs to the user id ${uid}, which Keyrota's user cannot give to a new file`,
        nextStep: 'Run Keyrota as the owner of the file or as root, or change the owner.',
      })
    throw systemFailure(
      place.provider,
      error,
      `write a new file beside ${file.path} with its owner and rights`,
    )
  }
}

/** The system refuses to write an immutable file with a code of its own, to root too; the owner's mode does not matter. */
async function refuseImmutable(place: Place, file: FoundFile): Promise<void> {
  try {
    await access(file.path, constants.W_OK)
  } catch (error) {
    if (!isSystemError(error)) throw error
    if (error.code === 'EPERM')
      throw place.fail({
        code: 'denied',
        says: 'is immutable (`chattr +i`) and cannot be replaced',
        nextStep: 'Remove the attribute with `chattr -i`, or name a file that may change.',
      })
    if (error.code === 'EROFS')
      throw place.fail({
        code: 'denied',
        says: 'is on a file system that is mounted read-only',
        nextStep: 'Run Keyrota where the file may change.',
      })
  }
}

/** In a folder such as /tmp only the owner of a file, or of the folder, may replace it. */
async function refuseSticky(place: Place, file: FoundFile): Promise<void> {
  const self = process.geteuid?.()
  const { mode, uid } = await lstat(file.folder)
  if ((mode & 0o1000) === 0 || self === undefined || self === 0) return
  if (self === uid || BigInt(self) === file.stats.uid) return
  throw place.fail({
    code: 'denied',
    says: `is in ${file.folder}, where only its owner may replace it (sticky bit)`,
    nextStep: `Run Keyrota as the owner of the file (user id ${file.stats.uid}), or keep the file in a folder of its own.`,
  })
}
