/** The history of a repository: every object that a range reaches, each once, as git streams them. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { safeGitEnvironment, safeGitOptions } from '../contracts/safe-git.ts'
import { ByteReader } from './byte-reader.ts'
import { scanContent } from './content.ts'
import type { Finding, Tally } from './tally.ts'
import { newBudget } from './unpacking.ts'

/** A hash, and the path that it was first reached by. A path with a line end goes on in a line that is none. */
const OBJECT = /^([0-9a-f]{40,64})(?: (.*))?$/
const HEADER = /^([0-9a-f]{40,64}) (\w+) (\d+)$/
/** Findings whose commit is looked for, and how long one search may take. */
const MAX_DATED = 20
const DATING_LIMIT_MS = 10_000
const MAX_ERROR_LENGTH = 2_000

/** Git could not be asked, or did not finish. */
export class GitError extends Error {
  override readonly name = 'GitError'
}

export interface History {
  /** The repository, or a folder in it. */
  folder: string
  /** A range or a revision; null: everything that a ref or a reflog reaches. */
  range: string | null
}

/** @throws GitError where there is no repository, no such range, or git breaks off. */
export async function scanHistory(
  tally: Tally,
  { folder, range }: History,
  signal: AbortSignal,
): Promise<void> {
  if (range?.startsWith('-')) throw new GitError('a range does not begin with a dash')
  const which = range === null ? ['--all', '--reflog'] : ['--end-of-options', range]
  const list = startGit(folder, ['rev-list', '--objects', ...which, '--'], signal)
  const read = startGit(folder, ['cat-file', '--batch', '--buffer'], signal)
  const paths: string[] = []
  list.child.stdin.end()
  await Promise.all([
    nameObjects(list.child, read.child, paths),
    scanObjects(tally, new ByteReader(read.child.stdout), paths),
    list.ended,
    read.ended,
  ])
}

/** Hands the hashes from one git to the other; what they are called comes out in the same order. */
async function nameObjects(
  from: ChildProcessWithoutNullStreams,
  to: ChildProcessWithoutNullStreams,
  paths: string[],
): Promise<void> {
  for await (const line of createInterface({ input: from.stdout })) {
    const [, hash, path = ''] = OBJECT.exec(line) ?? []
    if (hash === undefined) continue
    paths.push(path)
    if (!to.stdin.write(`${hash}\n`)) await once(to.stdin, 'drain')
  }
  to.stdin.end()
}

async function scanObjects(tally: Tally, reader: ByteReader, paths: string[]): Promise<void> {
  for (let line = await reader.line(); line !== null; line = await reader.line()) {
    const path = paths.shift() ?? ''
    const [, hash, kind, size] = HEADER.exec(line) ?? []
    // A partial clone does not have every object.
    if (hash === undefined) {
      tally.leaveOut(path, 'unreadable', 'git does not have this object')
      continue
    }
    reader.limit(Number(size))
    if (kind !== 'tree') await scanContent(tally, sourceOf(hash, kind, path), reader.chunks(), newBudget())
    await reader.skipRest()
    await reader.line()
  }
}

function sourceOf(hash: string, kind: string | undefined, path: string): string {
  return kind === 'blob' ? `${hash}:${path}` : `${hash} (message of ${kind})`
}

/** Adds the oldest commit that brought each object in, for the first findings; it is left out where that takes long. */
export async function dateFindings(
  findings: readonly Finding[],
  { folder, range }: History,
  signal: AbortSignal,
): Promise<void> {
  const known = new Map<string, Finding['commit']>()
  for (const finding of findings) {
    const [, hash] = /^([0-9a-f]{40,64}):/.exec(finding.source) ?? []
    if (hash === undefined || (known.size >= MAX_DATED && !known.has(hash))) continue
    if (!known.has(hash)) known.set(hash, await findCommit(folder, range, hash, signal))
    const commit = known.get(hash)
    if (commit) finding.commit = commit
  }
}

async function findCommit(
  folder: string,
  range: string | null,
  hash: string,
  signal: AbortSignal,
): Promise<Finding['commit']> {
  const which = range === null ? ['--all', '--reflog'] : ['--end-of-options', range]
  const args = ['log', '--format=%H %ct', '--no-textconv', '--no-ext-diff', `--find-object=${hash}`]
  const { child, ended } = startGit(folder, [...args, ...which, '--'], signal, DATING_LIMIT_MS)
  child.stdin.end()
  let last = ''
  const reading = (async () => {
    for await (const line of createInterface({ input: child.stdout })) last = line
  })()
  try {
    await Promise.all([reading, ended])
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    // It took too long: the object is named all the same.
    return undefined
  }
  const [id, seconds] = last.split(' ')
  return id ? { id, at: Number(seconds) * 1_000 } : undefined
}

interface Git {
  child: ChildProcessWithoutNullStreams
  /** @throws GitError unless it ended well. */
  ended: Promise<void>
}

function startGit(folder: string, args: readonly string[], signal: AbortSignal, limitMs = 0): Git {
  const child = spawn('git', [...safeGitOptions, ...args], {
    cwd: folder,
    signal,
    timeout: limitMs,
    // The repository around a folder is the one that is meant.
    env: safeGitEnvironment(process.env, ''),
    stdio: 'pipe',
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    if (said.length < MAX_ERROR_LENGTH) said += chunk.toString()
  })
  // When git ends early, its exit code says why, and not the closed pipe.
  child.stdin.on('error', () => {})
  const ended = new Promise<void>((done, fail) => {
    child.on('error', (error) => fail(new GitError(describeStart(error))))
    child.on('close', (code) => (code === 0 ? done() : fail(new GitError(describeEnd(args[0] ?? '', said)))))
  })
  return { child, ended }
}

function describeStart(error: Error & { code?: string }): string {
  if (error.code === 'ENOENT') return 'git is not installed here, or the folder does not exist'
  return error.name === 'AbortError' ? 'stopped' : `git did not start (${error.code ?? error.name})`
}

/** What git says quotes its arguments: of those only the range comes from a person. */
function describeEnd(verb: string, said: string): string {
  if (/not a git repository/.test(said)) return 'this is no git repository'
  if (/unknown revision|bad revision|ambiguous argument/.test(said)) return 'git knows no such range'
  if (/dubious ownership/.test(said)) return 'git does not look into a repository of another user'
  return `git ${verb} did not finish`
}
