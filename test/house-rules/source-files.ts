import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { maskSource } from './mask.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A file of the repository as a rule sees it. */
export interface SourceFile {
  /** Relative to the root, with slashes. */
  path: string
  text: string
  /** The text without what is said in comments and strings; the text itself when it is not code. */
  code: string
}

/** A repository as the rules see it: the real one, or a small one with a planted violation. */
export type Files = readonly SourceFile[]

const CODE = /\.(ts|mjs)$/

export function sourceFile(path: string, text: string): SourceFile {
  return { path, text, code: CODE.test(path) ? maskSource(text) : text }
}

/** Whether the path is code of ours, outside or inside the tests. */
export function isCode(file: SourceFile): boolean {
  return CODE.test(file.path)
}

/** Everything git tracks, and what it would track with the next commit. */
export function readRepository(): Files {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  const paths = [...new Set(listed.split('\0'))].filter((path) => path !== '' && existsSync(join(root, path)))
  return paths.sort().map((path) => sourceFile(path, readFileSync(join(root, path), 'utf8')))
}

/** `path:line` of a place in a file. */
export function placeOf(file: SourceFile, index: number): string {
  return `${file.path}:${file.text.slice(0, index).split('\n').length}`
}

/** Every place in the code of these files where the pattern matches, with what was found there. */
export function findInCode(files: Files, pattern: RegExp): string[] {
  return files.flatMap((file) =>
    [...file.code.matchAll(pattern)].map((match) => `${placeOf(file, match.index)} ${match[0].trim()}`),
  )
}
