import { execFile } from 'node:child_process'
import { lstat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { isSystemError } from './failures.ts'

const run = promisify(execFile)

/** How long git may take. */
const GIT_LIMIT_MS = 3000

/** `cannot-tell`: there is a repository, and git could not be asked. */
export type GitAnswer = 'yes' | 'no' | 'cannot-tell'

/** Whether git keeps this file. */
export async function isTracked(path: string, signal: AbortSignal): Promise<GitAnswer> {
  if (!(await isInRepository(dirname(path)))) return 'no'
  return runGit(path, ['--literal-pathspecs', 'ls-files', '--error-unmatch', '--', path], signal)
}

/** Whether git would take this file with the next `git add .`; asked only when it does not keep it yet. */
export async function isTakenNext(path: string, signal: AbortSignal): Promise<GitAnswer> {
  if (!(await isInRepository(dirname(path)))) return 'no'
  const ignored = await runGit(path, ['check-ignore', '--quiet', '--', path], signal)
  if (ignored === 'cannot-tell') return ignored
  return ignored === 'yes' ? 'no' : 'yes'
}

async function isInRepository(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    if (await exists(join(at, '.git'))) return true
    if (dirname(at) === at) return false
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (!isSystemError(error)) throw error
    // What may not be looked at may be there; git then says that it cannot tell.
    return error.code !== 'ENOENT' && error.code !== 'ENOTDIR'
  }
}

async function runGit(path: string, args: readonly string[], signal: AbortSignal): Promise<GitAnswer> {
  // The repository's own settings may name a program to run; nothing of it is started for a question.
  const safe = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null']
  try {
    await run('git', [...safe, ...args], {
      cwd: dirname(path),
      signal,
      timeout: GIT_LIMIT_MS,
      killSignal: 'SIGKILL',
      maxBuffer: 64 * 1024,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: process.env.HOME ?? '',
        GIT_OPTIONAL_LOCKS: '0',
        LC_ALL: 'C',
      },
    })
    return 'yes'
  } catch (error) {
    // Exit 1 is git's "no"; all else (no git, too slow, an unreadable or somebody else's repository) is no answer.
    if (error instanceof Error && 'code' in error && error.code === 1) return 'no'
    return 'cannot-tell'
  }
}
