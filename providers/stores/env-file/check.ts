import type { StoreCheck } from '../../../src/contracts/secret-store.ts'
import { namesOf } from '../../shared/store/fields.ts'
import { requireReplaceable } from './file/replaceable.ts'
import { findTracking, refuseTracked } from './file/repositories.ts'
import { refuseAborted, type Session } from './session.ts'
import { refuseWritten } from './writers.ts'

/** The file was read by then. That it can be replaced is proved beside it, without changing it. */
export async function checkFile(session: Session): Promise<StoreCheck> {
  const { place, file, files, text } = session
  const { call, options } = place
  call.beforeSend()
  const notes = noteDisputes(session)
  if (options.repository === 'ask') {
    const tracking = await findTracking(file.path, call.signal)
    refuseAborted(place)
    refuseTracked(place, tracking)
    if (tracking.isTakenNext) notes.push(`\`git add\` would add ${file.path}; name it in .gitignore`)
  } else notes.push('no repository is asked whether it tracks the file (`repository: ignore`)')
  refuseWritten({ ...place, path: file.path }, text, options.writers)
  await requireReplaceable(place, file, files.tempPrefix)
  if ((file.stats.mode & 0o004n) !== 0n) notes.push(`everybody on this machine can read ${file.path}`)
  return { read: 'proved', write: 'proved', notes }
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
