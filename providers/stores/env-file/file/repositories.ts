import { lstat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import type { Place } from '../../../shared/store/place.ts'
import { isSystemError } from '../errors.ts'
import { type GitAnswer, type GitPlace, isIgnored, isTracked } from './git.ts'

/*
 * A key in a tracked file goes wherever the repository goes. Every repository around the file is asked, since one inside
 * another hides nothing of what the outer one tracks. A repository that cannot tell counts as one that tracks it, until
 * a person says otherwise.
 */

/** What the repositories around a file say of it. */
export interface Tracking {
  readonly is: 'yes' | 'no' | 'unknown'
  /** Who tracks it. */
  readonly by: string
  readonly why?: string
  readonly nextStep: string
  /** The same question may be answered in a moment. */
  readonly isPassing?: boolean
  /** Nothing tracks it, and the next `git add .` would. */
  readonly isTakenNext?: boolean
}

/** Folders of systems that are not asked: what they track only they know. */
const otherSystems: Readonly<Record<string, string>> = {
  '.hg': 'Mercurial',
  '.svn': 'Subversion',
  '.sl': 'Sapling',
  '.bzr': 'Bazaar',
  _darcs: 'Darcs',
  '.pijul': 'Pijul',
  '.fslckout': 'Fossil',
  CVS: 'CVS',
}

const untracked: Tracking = { is: 'no', by: '', nextStep: '' }

/** Asks every repository around this file, from the inner to the outer. */
export async function findTracking(path: string, signal: AbortSignal): Promise<Tracking> {
  const asked = gitOfEnvironment(path)
  const first = asked === undefined ? untracked : describeGit(await isTracked(asked, path, signal))
  if (first.is !== 'no') return first
  // Of what is not tracked the innermost repository decides.
  let isTakenNext: boolean | undefined
  for (let at = dirname(path); ; at = dirname(at)) {
    const here = await askFolder(at, path, signal)
    if (here.is !== 'no') return here
    isTakenNext ??= here.isTakenNext
    if (dirname(at) === at) return { ...untracked, isTakenNext: isTakenNext ?? false }
  }
}

/** @throws ProviderError `invalid` for a file that a repository tracks, or of which that cannot be said. */
export function refuseTracked(place: Place, { is, by, why, nextStep, isPassing }: Tracking): void {
  if (is === 'no') return
  if (is === 'yes')
    throw place.fail({
      code: 'invalid',
      says: `is tracked by ${by}; a key in it would go wherever the repository goes`,
      nextStep,
    })
  throw place.fail({
    code: isPassing ? 'unavailable' : 'invalid',
    says: `may be tracked by ${by}, and a key in it would go wherever the repository goes: ${why}`,
    nextStep: `${nextStep}; or, if you know that it is not tracked, set \`repository: ignore\` of this store.`,
  })
}

async function askFolder(at: string, path: string, signal: AbortSignal): Promise<Tracking> {
  const hasGit = await exists(join(at, '.git'))
  const place = { top: at }
  const tracked = hasGit ? describeGit(await isTracked(place, path, signal)) : untracked
  if (tracked.is !== 'no') return tracked
  const ignored = hasGit ? await isIgnored(place, path, signal) : undefined
  if (await exists(join(at, '.jj'))) return describeJujutsu(ignored)
  for (const [folder, by] of Object.entries(otherSystems)) {
    if (await exists(join(at, folder)))
      return {
        is: 'unknown',
        by,
        why: `Keyrota cannot ask ${by}, whose repository is in ${at}`,
        nextStep: `Make sure that ${by} does not track it`,
      }
  }
  return ignored === undefined ? untracked : { ...untracked, isTakenNext: ignored.is !== 'yes' }
}

function describeGit(answer: GitAnswer): Tracking {
  if (answer.is === 'unknown') return { ...answer, by: 'git' }
  if (answer.is === 'no') return untracked
  return {
    is: 'yes',
    by: 'git',
    nextStep:
      'Remove it with `git rm --cached` and name it in .gitignore, then replace the key in it. If it is a template, name the file that is made from it, or what that takes the value from.',
  }
}

/** Jujutsu takes every file that git does not ignore, at its next command. Without git beside it, it cannot be asked. */
function describeJujutsu(ignored: GitAnswer | undefined): Tracking {
  if (ignored?.is === 'yes') return untracked
  const nextStep = 'Name the file in .gitignore and run `jj file untrack` on it'
  if (ignored === undefined) return { is: 'unknown', by: 'jj', why: 'Keyrota cannot ask jj', nextStep }
  return { is: 'yes', by: 'jj, which takes every file that is not ignored', nextStep: `${nextStep}.` }
}

/** The repository that the environment names, as that of a folder of dotfiles has to be named. */
function gitOfEnvironment(path: string): GitPlace | undefined {
  const { GIT_DIR, GIT_WORK_TREE } = process.env
  if (!GIT_DIR) return undefined
  const top = resolve(GIT_WORK_TREE || '.')
  const inside = relative(top, path)
  return inside.startsWith('..') || isAbsolute(inside) ? undefined : { top, gitDir: resolve(GIT_DIR) }
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
