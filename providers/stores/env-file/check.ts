import type { StoreCheck } from '../../../src/contracts/secret-store.ts'
import { requireReplaceable } from './file/replaceable.ts'
import { findTracking, refuseTracked } from './file/repositories.ts'
import { refuseAborted, type Session } from './session.ts'
import { refuseWritten } from './writers.ts'

/** The file was read by then. That it can be replaced is proved beside it, without changing it. */
export async function checkFile({ place, file, files, text }: Session): Promise<StoreCheck> {
  const { call, options } = place
  call.beforeSend()
  const notes: string[] = []
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
