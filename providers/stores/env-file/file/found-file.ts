import type { BigIntStats } from 'node:fs'
import { lstat, readFile, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { failure, isSystemError, systemFailure } from '../errors.ts'

/** Where a target's file really is, and what it was like when it was looked at. */
export interface FoundFile {
  readonly path: string
  readonly folder: string
  readonly base: string
  readonly stats: BigIntStats
}

/**
 * Finds the file and refuses one that cannot be replaced in one step without breaking something.
 * @throws ProviderError `not_found` (secret), `denied`, or `invalid` for a symbolic link, a hard link, a file that is
 * mounted by itself, and anything that is not a file.
 */
export async function findFile(provider: string, named: string): Promise<FoundFile> {
  try {
    const folder = await realpath(dirname(named))
    const path = join(folder, basename(named))
    const stats = await lstat(path, { bigint: true })
    const problem = describeProblem(stats) ?? (await describeMount(path, folder, stats))
    if (problem)
      throw failure(provider, {
        code: 'invalid',
        message: `${path} ${problem.is}`,
        nextStep: problem.nextStep,
      })
    return { path, folder, base: basename(path), stats }
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw systemFailure(provider, error, `look at ${named}`)
  }
}

/** Whether the file is still the very one that was looked at, unchanged. */
export async function isUnchanged(file: FoundFile): Promise<boolean> {
  const now = await lstat(file.path, { bigint: true })
  const { dev, ino, size, mtimeNs, ctimeNs, nlink } = file.stats
  return (
    now.dev === dev &&
    now.ino === ino &&
    now.size === size &&
    now.mtimeNs === mtimeNs &&
    now.ctimeNs === ctimeNs &&
    now.nlink === nlink
  )
}

interface Problem {
  is: string
  nextStep: string
}

function describeProblem(stats: BigIntStats): Problem | undefined {
  if (stats.isSymbolicLink())
    return {
      is: 'is a symbolic link; replacing it would leave the file that it leads to unchanged',
      nextStep: 'Name the file that the link leads to.',
    }
  if (!stats.isFile()) return { is: 'is not a plain file', nextStep: 'Name a plain file.' }
  if (stats.nlink > 1n)
    return {
      is: 'has another name (hard link); that one would keep the old key',
      nextStep: 'Remove the other name, or make it a symbolic link to this one.',
    }
  return undefined
}

async function describeMount(path: string, folder: string, stats: BigIntStats): Promise<Problem | undefined> {
  const isMounted =
    (await lstat(folder, { bigint: true })).dev !== stats.dev ||
    listMountPoints(await readMountTable()).has(path)
  if (!isMounted) return undefined
  return {
    is: 'is mounted by itself (as `docker run -v file:file` does) and cannot be replaced in one step',
    nextStep: 'Mount its folder instead, or run Keyrota where the file really is.',
  }
}

/** Linux lists what is mounted where; on other systems only a difference of devices shows a mount. */
async function readMountTable(): Promise<string> {
  return process.platform === 'linux' ? readFile('/proc/self/mountinfo', 'utf8') : ''
}

/** Paths that something is mounted on, from the text of `/proc/self/mountinfo` (proc(5): the fifth field). */
export function listMountPoints(table: string): Set<string> {
  const points = table.split('\n').map((line) => line.split(' ')[4] ?? '')
  return new Set(points.map(decodeOctal))
}

/** The table has spaces, tabs, newlines and backslashes in octal. */
function decodeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_all, digits: string) => String.fromCharCode(parseInt(digits, 8)))
}
