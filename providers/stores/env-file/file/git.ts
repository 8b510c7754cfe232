import { execFile } from 'node:child_process'
import { lstat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Place } from '../../../shared/store/place.ts'
import { isSystemError } from '../errors.ts'

const run = promisify(execFile)

/** How long git may take. */
const GIT_LIMIT_MS = 3000

/** `unknown`: there is a repository, and git gave no answer. */
export type GitAnswer = 'yes' | 'no' | 'unknown'

/** Whether git tracks this file. */
export async function isTracked(path: string, signal: AbortSignal): Promise<GitAnswer> {
  if (!(await isInRepository(dirname(path)))) return 'no'
  return runGit(path, ['--literal-pathspecs', 'ls-files', '--error-unmatch', '--', path], signal)
}

/** Whether git would take this file with the next `git add .`; asked only when it does not track it yet. */
export async function isTakenNext(path: string, signal: AbortSignal): Promise<GitAnswer> {
  if (!(await isInRepository(dirname(path)))) return 'no'
  const ignored = await runGit(path, ['check-ignore', '--quiet', '--', path], signal)
  if (ignored === 'unknown') return ignored
  return ignored === 'yes' ? 'no' : 'yes'
}

/** @throws ProviderError `invalid` for a file that git tracks. */
export function refuseTracked(place: Place, tracked: GitAnswer): void {
  if (tracked !== 'yes') return
  throw place.fail({
    code: 'invalid',
    says: 'is tracked by git; a key in it would go wherever the repository goes',
    nextStep: 'Remove it with `git rm --cached` and name it in .gitignore, then replace the key in it.',
  })
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
    // What may not be looked at may be there; git then gives no answer.
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
    // Exit 1 is git's "no"; everything else (no git, too slow, an unreadable or somebody else's repository) is not an answer.
    if (error instanceof Error && 'code' in error && error.code === 1) return 'no'
    return 'unknown'
  }
}
