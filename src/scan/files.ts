/** Finds the files below a path, and searches one of them. Links are not followed, and nothing is opened that may wait. */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { scanContent, unpack } from './content.ts'
import type { SkipReason, Tally } from './tally.ts'
import { newBudget } from './unpacking.ts'

const CHUNK_BYTES = 256 * 1024
/** Of a file that says it is empty, as those of the system do. */
const MAX_UNSIZED_BYTES = 1024 ** 2
/** Made up by the system; some of what is there never ends. */
const IMAGINED = ['/proc', '/sys', '/dev']
const ZIP_MARK = 'PK\x03\x04'

export interface FoundFile {
  path: string
  size: number
}

type Skip = (path: string, why: SkipReason, detail: string) => void

/** Every file at or below this path, in the order of their names. A path that is given may be a link. */
export function* findFiles(path: string, skip: Skip): Generator<FoundFile> {
  const pending: { path: string; stats: Stats | null }[] = [{ path, stats: look(path, statSync, skip) }]
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { path: here, stats } = next
    if (stats === null) continue
    if (stats.isFile()) yield { path: here, size: stats.size }
    else if (stats.isSymbolicLink()) skip(here, 'symbolic-link', 'links are not followed')
    else if (!stats.isDirectory()) skip(here, 'special-file', 'no regular file')
    else if (IMAGINED.includes(here)) skip(here, 'special-file', 'made up by the system')
    else {
      const inside = list(here, skip).filter((name) => !isObjects(here, name, skip))
      for (const name of inside.sort().reverse())
        pending.push({ path: join(here, name), stats: look(join(here, name), lstatSync, skip) })
    }
  }
}

/** The objects of a repository are compressed: its history is asked for by git. */
function isObjects(folder: string, name: string, skip: Skip): boolean {
  if (name !== 'objects') return false
  const beside = readdirSync(folder)
  if (!beside.includes('HEAD') || !beside.includes('refs')) return false
  skip(join(folder, name), 'git-objects', 'the history is looked at with --git')
  return true
}

function look(path: string, stat: (path: string) => Stats, skip: Skip): Stats | null {
  return attempt(path, skip, () => stat(path))
}

function list(path: string, skip: Skip): string[] {
  return attempt(path, skip, () => readdirSync(path)) ?? []
}

/** What cannot be read is noted, and the scan goes on. */
function attempt<T>(path: string, skip: Skip, read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (!isSystemError(error)) throw error
    skip(path, 'unreadable', error.code)
    return null
  }
}

function isSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && 'syscall' in error
}

/** Searches one file; what keeps it from being read is noted. */
export async function scanFile(tally: Tally, path: string): Promise<void> {
  const skip: Skip = (name, why, detail) => tally.leaveOut(name, why, detail)
  // A pipe that took the place of the file would keep `open` waiting.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK
  const fd = attempt(path, skip, () => openSync(path, flags))
  if (fd === null) return
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile()) return skip(path, 'special-file', 'no regular file')
    const budget = newBudget()
    if (readMark(fd) === ZIP_MARK) {
      const { readZipFile } = await import('./zip.ts')
      return await unpack(tally, path, { format: 'zip', budget, read: (packed) => readZipFile(packed, fd) })
    }
    await scanContent(tally, path, readChunks(fd, stats.size || MAX_UNSIZED_BYTES), budget)
  } catch (error) {
    if (!isSystemError(error)) throw error
    skip(path, 'unreadable', error.code)
  } finally {
    closeSync(fd)
  }
}

function readMark(fd: number): string {
  const mark = Buffer.alloc(ZIP_MARK.length)
  readSync(fd, mark, 0, mark.length, 0)
  return mark.toString('latin1')
}

/** As much as it had when it was opened: a log may grow faster than it is read. */
async function* readChunks(fd: number, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; ) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - at))
    const count = readSync(fd, chunk, 0, chunk.length, at)
    if (count === 0) return
    at += count
    yield chunk.subarray(0, count)
  }
}
