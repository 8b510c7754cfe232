import { execFile } from 'node:child_process'
import { dirname, relative } from 'node:path'
import { promisify } from 'node:util'
import { safeGitEnvironment, safeGitOptions } from '../../../../src/contracts/safe-git.ts'

/* What git says of one file, asked in one repository and nowhere above it. */

const run = promisify(execFile)

/** How long git may take. */
const GIT_LIMIT_MS = 5000

/** `unknown`: git gave no answer. */
export type GitAnswer =
  | { readonly is: 'yes' | 'no' }
  | { readonly is: 'unknown'; readonly why: string; readonly nextStep: string; readonly isPassing?: boolean }

/** A working tree; `gitDir` where the repository is not the `.git` in it. */
export interface GitPlace {
  readonly top: string
  readonly gitDir?: string
}

/** Whether git tracks this file: committed or staged. */
export function isTracked(place: GitPlace, path: string, signal: AbortSignal): Promise<GitAnswer> {
  const named = relative(place.top, path)
  return runGit(place, ['--literal-pathspecs', 'ls-files', '--error-unmatch', '--', named], signal)
}

/** Whether git would leave out this file, which it does not track yet, from the next `git add .`. */
export function isIgnored(place: GitPlace, path: string, signal: AbortSignal): Promise<GitAnswer> {
  return runGit(place, ['check-ignore', '--quiet', '--', relative(place.top, path)], signal)
}

async function runGit(
  { top, gitDir }: GitPlace,
  args: readonly string[],
  signal: AbortSignal,
): Promise<GitAnswer> {
  try {
    await run('git', [...safeGitOptions, ...args], {
      cwd: top,
      signal,
      timeout: GIT_LIMIT_MS,
      killSignal: 'SIGKILL',
      maxBuffer: 64 * 1024,
      env: {
        ...safeGitEnvironment(process.env, dirname(top)),
        ...(gitDir === undefined ? {} : { GIT_DIR: gitDir, GIT_WORK_TREE: top }),
      },
    })
    return { is: 'yes' }
  } catch (error) {
    return explain(error, top)
  }
}

/** Exit 1 is git's "no"; what else ends it is not an answer. */
function explain(error: unknown, top: string): GitAnswer {
  const { code, killed, stderr } = (error instanceof Error ? error : {}) as {
    code?: unknown
    killed?: boolean
    stderr?: string
  }
  if (code === 1) return { is: 'no' }
  // The outer repository holds a submodule's commit, never its files.
  if (/is in submodule/.test(stderr ?? '')) return { is: 'no' }
  if (code === 'ENOENT')
    return { is: 'unknown', why: 'git is not installed here', nextStep: 'Install git where Keyrota runs' }
  if (killed === true) return { is: 'unknown', why: 'git timed out', nextStep: 'Try again', isPassing: true }
  if (/dubious ownership/.test(stderr ?? ''))
    return {
      is: 'unknown',
      why: 'git does not look into a repository of another user',
      nextStep: `Install git 2.38 or later, or run \`git config --global --add safe.directory '*'\` as the user that runs Keyrota`,
    }
  return {
    is: 'unknown',
    why: `git cannot read the repository in ${top}`,
    nextStep: `Run \`git -C ${quote(top)} status\` and repair what it reports`,
  }
}

function quote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
