import { isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { Path } from './path.ts'
import { cleanDocument, findSyntaxProblems, type TextProblem } from './text-problems.ts'

export interface Place {
  /** From 1. */
  line: number
  column: number
}

/** A config's text, read as YAML 1.2, and the place of everything in it. */
export interface Source {
  /** Plain data; undefined if the text cannot be checked any further. */
  readonly data: unknown
  readonly problems: readonly (TextProblem & Place)[]
  /** Whether the problems of the text already cover this place. */
  isSpoilt(path: Path): boolean
  /** The place of the value, or of the field's name; if absent, the name of the nearest parent. */
  placeOf(path: Path, what?: 'name' | 'value'): Place
}

interface Found {
  name: Node | undefined
  value: Node | undefined
}

/** Parses the text of a config. Problems are returned, not thrown. */
export function readSource(text: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    lineCounter: lines,
    prettyErrors: false,
    // Duplicate names are found later: all of them are reported and the first is kept.
    uniqueKeys: false,
    stringKeys: true,
    // `silent` would ignore a second document. Nothing here prints the warnings.
    logLevel: 'error',
  })
  const root = document.contents
  const toPlace = (at: number): Place => {
    const { line, col } = lines.linePos(at)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const syntax = findSyntaxProblems(document.errors)
  const { problems, spoilt, isTooDeep } = cleanDocument(document)
  const isReadable = syntax.length === 0 && !isTooDeep
  const placed = (isReadable ? problems : [...syntax, ...problems]).map((problem) => ({
    ...problem,
    ...(hasBareTemplate(text, problem.at) ? { expected: 'the template in quotes, e.g. "{{ id }}"' } : {}),
    ...toPlace(problem.at),
  }))
  return {
    data: isReadable ? toPlain(root) : undefined,
    problems: placed,
    isSpoilt: (path) => walk(root, path).some(({ value }) => value !== undefined && spoilt.has(value)),
    placeOf: (path, what = 'value') => toPlace(findStart(walk(root, path), path, what)),
  }
}

/** Whether a template without quotes, which YAML takes for a map in a map, is in the line of this problem or before it. */
function hasBareTemplate(text: string, at: number): boolean {
  const lineStart = text.lastIndexOf('\n', text.lastIndexOf('\n', at - 1) - 1) + 1
  const lineEnd = text.indexOf('\n', at)
  const lines = text.slice(lineStart, lineEnd < 0 ? text.length : lineEnd).split('\n')
  return lines.some((line) => line.replace(/"(\\.|[^"])*"|'[^']*'/g, '').includes('{{'))
}

/** Plain data with own properties only. What cannot be used is null. */
function toPlain(node: unknown): unknown {
  if (isScalar(node)) return node.value
  if (isSeq(node)) return node.items.map(toPlain)
  if (!isMap(node)) return null
  return Object.fromEntries(
    node.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '', toPlain(pair.value)]),
  )
}

/** The nodes on the path to this place, from the root on, as far as they exist. */
function walk(root: unknown, path: Path): Found[] {
  const way: Found[] = [{ name: undefined, value: isNode(root) ? root : undefined }]
  for (const step of path) {
    const next = stepInto(way.at(-1)?.value, step)
    if (next === undefined) break
    way.push(next)
  }
  return way
}

function stepInto(node: Node | undefined, step: string | number): Found | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(step)]
    return isNode(item) ? { name: undefined, value: item } : undefined
  }
  if (!isMap(node)) return undefined
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === step)
  if (pair === undefined || !isNode(pair.key)) return undefined
  return { name: pair.key, value: isNode(pair.value) ? pair.value : undefined }
}

function findStart(way: readonly Found[], path: Path, what: 'name' | 'value'): number {
  const isThere = way.length === path.length + 1
  const last = way.at(-1)
  const first = isThere && what === 'value' ? last?.value : last?.name
  return (first ?? last?.name ?? last?.value)?.range?.[0] ?? 0
}
