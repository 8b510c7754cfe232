import { access, constants } from 'node:fs/promises'
import type { StoreCheck } from '../../../src/contracts/secret-store.ts'
import { systemFailure } from './errors.ts'
import { isTakenNext, isTracked, refuseTracked } from './file/git.ts'
import { refuseAborted, type Session } from './session.ts'

/** The file was read by then. A new file can be made in its folder if the folder can be written; that is assumed to be enough. */
export async function checkFile({ place, file }: Session): Promise<StoreCheck> {
  const { call, provider } = place
  call.beforeSend()
  const tracked = await isTracked(file.path, call.signal)
  const taken = await isTakenNext(file.path, call.signal)
  refuseAborted(place)
  refuseTracked(place, tracked)
  try {
    await access(file.folder, constants.W_OK)
  } catch (error) {
    throw systemFailure(provider, error, `make a file in ${file.folder}`)
  }
  const notes: string[] = []
  if (taken === 'yes') notes.push(`\`git add\` would add ${file.path}; name it in .gitignore`)
  if (tracked === 'unknown' || taken === 'unknown')
    notes.push(`git gave no answer about ${file.path}; it is assumed not to track it`)
  if ((file.stats.mode & 0o004n) !== 0n) notes.push(`everybody on this machine can read ${file.path}`)
  return { read: 'proved', write: 'assumed', notes }
}
