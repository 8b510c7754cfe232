import { posix } from 'node:path'
import { placeOf, type SourceFile } from './source-files.ts'

/** One import, export-from or dynamic import, of types or of values. */
export interface Import {
  /** `path:line` of the importing statement. */
  place: string
  from: string
  /** A path of the repository, a package, or `node:…`; undefined when it is computed at run time. */
  to: string | undefined
  isOurs: boolean
  isTypeOnly: boolean
}

const FROM = /\b(?:import|export)\b(?:type\b)?[\w\s$*{},]*?\bfrom\s*(?<quoted>(['"])_*\2)/dg
const BARE = /\bimport\s*(?<quoted>(['"])_*\2)/dg
const CALL = /(?<![.\w])(?:import|require)\s*\(\s*(?<quoted>(['"`])_*\2)?/dg

/** Every import of a file. Specifiers are read from the text, places from the code, so a string cannot pass for one. */
export function findImports(file: SourceFile): Import[] {
  const found: Import[] = []
  for (const pattern of [FROM, BARE, CALL]) {
    for (const match of file.code.matchAll(pattern)) {
      const quoted = match.indices?.groups?.quoted
      const specifier = quoted ? file.text.slice(quoted[0] + 1, quoted[1] - 1) : undefined
      const isTypeOnly = /^(?:import|export)\s+type\b/.test(match[0])
      found.push({ ...resolveImport(file.path, specifier), place: placeOf(file, match.index), isTypeOnly })
    }
  }
  return found
}

function resolveImport(from: string, specifier: string | undefined): Pick<Import, 'from' | 'to' | 'isOurs'> {
  if (!specifier?.startsWith('.')) return { from, to: specifier, isOurs: false }
  return { from, to: posix.join(posix.dirname(from), specifier), isOurs: true }
}

/** Groups of files that import each other round in a circle, each told once, as the way round. */
export function findCycles(imports: readonly Import[]): string[] {
  const next = new Map<string, string[]>()
  for (const { from, to, isOurs } of imports) {
    if (isOurs && to) next.set(from, [...(next.get(from) ?? []), to])
  }
  const cycles = new Set<string>()
  const done = new Set<string>()
  const way: string[] = []
  function walk(file: string): void {
    const start = way.indexOf(file)
    if (start >= 0) cycles.add([...way.slice(start), file].join(' -> '))
    if (start >= 0 || done.has(file)) return
    way.push(file)
    for (const to of next.get(file) ?? []) walk(to)
    way.pop()
    done.add(file)
  }
  for (const file of next.keys()) walk(file)
  return [...cycles]
}
