import { access, constants } from 'node:fs/promises'
import type { StoreCheck } from '../../../src/contracts/secret-store.ts'
import { namesOf } from '../../shared/store/fields.ts'
import { systemFailure } from './errors.ts'
import { isTakenNext, isTracked, refuseTracked } from './file/git.ts'
import { refuseAborted, type Session } from './session.ts'

/** The file was read by then. A new file can be made in its folder if the folder can be written; that is assumed to be enough. */
export async function checkFile(session: Session): Promise<StoreCheck> {
  const { place, file } = session
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
  const notes = noteDisputes(session)
  if (taken === 'yes') notes.push(`\`git add\` would add ${file.path}; name it in .gitignore`)
  if (tracked === 'unknown' || taken === 'unknown')
    notes.push(`git gave no answer about ${file.path}; it is assumed not to track it`)
  if ((file.stats.mode & 0o004n) !== 0n) notes.push(`everybody on this machine can read ${file.path}`)
  return { read: 'proved', write: 'assumed', notes }
}

/** A present value that common readers of the format read differently: which of them is right only people know. */
function noteDisputes({ place, format, text }: Session): string[] {
  const fields = namesOf(place.address)
  return format.scan(text).flatMap((definition) => {
    if (!fields.includes(definition.name)) return []
    const why = format.explainDispute(text, definition)
    return why === null
      ? []
      : [`readers may get another value of ${definition.name} in line ${definition.line}: ${why}`]
  })
}
