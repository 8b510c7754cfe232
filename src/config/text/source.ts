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
  /** Plain data; undefined when the text cannot be judged further. */
  readonly data: unknown
  readonly problems: readonly (TextProblem & Place)[]
  /** Whether the text's own problems already speak of what stands here. */
  isSpoilt(path: Path): boolean
  /** Of the value; of the field's name with `name`; of the name of what is around it when it is absent. */
  placeOf(path: Path, what?: 'name' | 'value'): Place
}

interface Found {
  name: Node | undefined
  value: Node | undefined
}

/** Reads a config's text; what is wrong with it is answered, not thrown. */
export function readSource(text: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    lineCounter: lines,
    prettyErrors: false,
    // Names that stand twice are found later, with all of them told and the first kept.
    uniqueKeys: false,
    stringKeys: true,
    // Not silent: that would leave a second document unread without a word. Warnings are printed by nobody here.
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

/** Plain data with own properties only; what is spoilt is null. */
function toPlain(node: unknown): unknown {
  if (isScalar(node)) return node.value
  if (isSeq(node)) return node.items.map(toPlain)
  if (!isMap(node)) return null
  return Object.fromEntries(
    node.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '', toPlain(pair.value)]),
  )
}

/** What stands on the way to this place, the root first, as far as there is anything. */
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
