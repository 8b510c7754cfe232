import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ParseResult, parseSync } from 'oxc-parser'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A file of the repository as a rule sees it. */
export interface SourceFile {
  /** Relative to the root, with slashes. */
  path: string
  text: string
}

/** A repository as the rules see it: the real one, or a small one with a planted violation. */
export type Files = readonly SourceFile[]

const CODE = /\.(ts|mjs)$/

/**
 * The syntax tree and the comments of a file of code.
 * @throws Error when it is not TypeScript; a `return` outside a function is fine, so that samples can be short
 */
export function parse({ path, text }: SourceFile): ParseResult {
  const result = parseSync(path, text, { preserveParens: false })
  const error = result.errors.find(({ message }) => !message.includes("'return' statement"))
  if (error) throw new Error(`${path}: ${error.message}`)
  return result
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
  return paths.sort().map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** `path:line` of a place in a file. */
export function placeOf(file: SourceFile, index: number): string {
  return `${file.path}:${file.text.slice(0, index).split('\n').length}`
}
