import { type FileHandle, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Owner and rights of a file. */
export interface Ownership {
  readonly uid: number
  readonly gid: number
  readonly mode: number
}

/**
 * Writes a new file beside where it is to be, with owner, group and mode in place before the first byte, and brings
 * it to the disk. Fails when the name is taken.
 * @returns the file's inode number, which it keeps when it is renamed
 */
export async function writeTemp(path: string, bytes: Uint8Array, ownership: Ownership): Promise<bigint> {
  const handle = await open(path, 'wx', 0o600)
  try {
    await own(handle, ownership)
    await handle.writeFile(bytes)
    await handle.sync()
    return (await handle.stat({ bigint: true })).ino
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}

async function own(handle: FileHandle, { uid, gid, mode }: Ownership): Promise<void> {
  const made = await handle.stat()
  if (made.uid !== uid || made.gid !== gid) await handle.chown(uid, gid)
  // The umask may have taken rights away, and a change of owner too.
  await handle.chmod(mode & 0o7777)
}

/** Brings a folder to the disk, so that a rename in it survives a loss of power. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Removes what a killed process left beside the file; only names with this prefix. */
export async function removeLeftovers(folder: string, prefix: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name.startsWith(prefix))
  for (const name of left) await rm(join(folder, name), { force: true })
}
