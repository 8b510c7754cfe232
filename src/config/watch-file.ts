/**
 * Notices that the file of a config was changed: written in place, replaced as editors do it, or swapped by the link of
 * a mounted ConfigMap. The folders are watched and not the file, since a file that was replaced tells nothing any more.
 */
import { watch } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { type Bell, makeBell } from '../contracts/bell.ts'
import type { Clock } from '../contracts/clock.ts'

/** What belongs together is taken together: an editor writes, renames and removes. */
const GATHER_MS = 250
/** The link that Kubernetes swaps when a mounted ConfigMap has changed. */
const SWAPPED_LINK = '..data'

/**
 * Calls `changed` each time the file is another one than before. Not noticed: a link half way to the file that is
 * swapped in a folder of its own, and a file that is mounted alone (`subPath`), which Kubernetes never changes.
 * @throws what the system says when a folder cannot be watched
 */
export async function watchConfigFile(
  { path, clock }: { path: string; clock: Clock },
  changed: () => void,
  signal: AbortSignal,
): Promise<void> {
  let known = await identify(path)
  while (!signal.aborted) {
    const real = await realPathOf(path)
    const events = listen(new Set([path, real]), signal)
    try {
      do {
        // Looked at before the first event too: it may have changed while nobody listened.
        events.clear()
        const present = await identify(path)
        if (present !== known) changed()
        known = present
        if ((await realPathOf(path)) !== real) break
        if (!(await events.next())) return
        await clock.sleep(GATHER_MS, signal)
      } while (!signal.aborted)
    } finally {
      events.close()
    }
  }
}

/** Another text whenever the file is another one; empty while there is none. */
async function identify(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(path)
    return [ino, size, mtimeMs, ctimeMs].join()
  } catch (error) {
    if (error instanceof Error && 'code' in error) return ''
    throw error
  }
}

/** Where the links lead to; the path itself while there is no file. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return path
    throw error
  }
}

function listen(files: ReadonlySet<string>, signal: AbortSignal): Bell {
  const bell = makeBell(signal)
  const watchers = [...files].map((file) => {
    const watcher = watch(dirname(file), (_event, name) => {
      if (name === null || name === basename(file) || name === SWAPPED_LINK) bell.ring()
    })
    watcher.on('error', (error) => bell.fail(error))
    return watcher
  })
  return {
    ...bell,
    close() {
      bell.close()
      for (const watcher of watchers) watcher.close()
    },
  }
}
