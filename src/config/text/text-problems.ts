import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type Node,
  type Scalar,
  type YAMLError,
  type YAMLMap,
} from 'yaml'

/** How deep lists and maps may be nested; a config needs eight levels. */
const MAX_DEPTH = 32

/** One wrong quote can cause thousands. */
const MAX_SYNTAX_PROBLEMS = 20

/** Names that would reach into JavaScript's own objects. */
const REFUSED_NAMES: readonly unknown[] = ['__proto__', 'prototype', 'constructor']

/** Something wrong with the text at a position. The message never includes the text itself. */
export interface TextProblem {
  at: number
  message: string
  expected?: string
}

/** The parser's own messages may quote the text, which may be a secret in the wrong place. */
const errorWords: Partial<Record<YAMLError['code'], string>> = {
  ALIAS_PROPS: 'an alias cannot carry a tag or an anchor',
  BAD_ALIAS: 'an alias has no valid name',
  BAD_COLLECTION_TYPE: 'a list or map carries a tag of another kind',
  BAD_DIRECTIVE: 'a directive is not valid here',
  BAD_DQ_ESCAPE: 'a double-quoted text has an escape that YAML does not know',
  BAD_INDENT: 'wrong indentation: all lines of a map or list start in the same column',
  BAD_SCALAR_START: 'an unquoted text begins with a character that must be quoted',
  BLOCK_IN_FLOW: 'an indented map or list is inside braces or brackets',
  KEY_OVER_1024_CHARS: 'the name of a field is too long',
  MISSING_CHAR: 'a quote, colon, comma, brace or bracket is missing',
  MULTILINE_IMPLICIT_KEY: 'the name of a field spans several lines',
  MULTIPLE_DOCS: 'the file contains several documents; a config is one',
  NON_STRING_KEY: 'the name of a field must be text',
  RESOURCE_EXHAUSTION: 'maps and lists are nested too deeply',
  TAB_AS_INDENT: 'a line is indented with a tab; YAML requires spaces',
}

/** Problems of the syntax. With any of these, the rest of the text cannot be checked. */
export function findSyntaxProblems(errors: readonly YAMLError[]): TextProblem[] {
  return errors.slice(0, MAX_SYNTAX_PROBLEMS).map((error) => ({
    at: error.pos[0],
    message: errorWords[error.code] ?? 'this is not valid YAML',
  }))
}

export interface CleanedText {
  problems: TextProblem[]
  /** Values that were removed or must not be checked again. */
  spoilt: Set<Node>
  isTooDeep: boolean
}

/**
 * Finds valid YAML that is not allowed in a config and removes it from the document, so that the rest can be checked:
 * duplicate names, merges, anchors, aliases, tags, and names that reach into JavaScript's own objects.
 */
export function cleanDocument(document: Document.Parsed): CleanedText {
  const cleaned: CleanedText = { problems: [], spoilt: new Set(), isTooDeep: false }
  if (document.directives?.yaml.explicit || Object.keys(document.directives?.tags ?? {}).length > 1)
    cleaned.problems.push({
      at: 0,
      message: 'directives are not allowed in a config',
      expected: 'plain YAML 1.2',
    })
  if (document.contents) cleanNode(document.contents, 0, cleaned)
  return cleaned
}

function cleanNode(node: Node, depth: number, cleaned: CleanedText): void {
  const at = node.range?.[0] ?? 0
  if (depth > MAX_DEPTH) {
    if (!cleaned.isTooDeep) cleaned.problems.push({ at, message: 'maps and lists are nested too deeply' })
    cleaned.isTooDeep = true
    return
  }
  const isUnwanted = isAlias(node) || node.anchor !== undefined || node.tag !== undefined
  if (isUnwanted) {
    cleaned.spoilt.add(node)
    cleaned.problems.push({
      at,
      message: 'anchors, aliases and tags are not allowed in a config',
      expected: 'the value itself',
    })
  }
  const changed = isScalar(node) ? describeChanged(node) : undefined
  if (changed !== undefined) {
    cleaned.spoilt.add(node)
    cleaned.problems.push({ at, ...changed })
  }
  if (isMap(node)) cleanMap(node, depth, cleaned)
  else if (isCollection(node)) {
    for (const item of node.items) if (isNode(item)) cleanNode(item, depth + 1, cleaned)
  }
}

/**
 * A number that is not read as it is written (an id beyond 2^53, a leading zero, `1.10`) could name another account or
 * key: it has to say whether it is text.
 */
function describeChanged(node: Scalar): Pick<TextProblem, 'message' | 'expected'> | undefined {
  if (typeof node.value !== 'number' || node.source === undefined) return undefined
  if (String(node.value) === node.source) return undefined
  return {
    message: 'this number would not be read as it is written',
    expected: 'the same in quotes if it is text such as an id, otherwise the number in its shortest form',
  }
}

function cleanMap(map: YAMLMap, depth: number, cleaned: CleanedText): void {
  const seen = new Set<unknown>()
  const kept = map.items.filter((pair) => {
    const name = isScalar(pair.key) ? pair.key.value : undefined
    const problem = judgeName(name, seen)
    seen.add(name)
    if (problem === undefined) return true
    const at = isNode(pair.key) ? (pair.key.range?.[0] ?? 0) : 0
    cleaned.problems.push({ at, message: problem })
    return false
  })
  map.items.splice(0, map.items.length, ...kept)
  for (const pair of kept) {
    if (isNode(pair.key)) cleanNode(pair.key, depth + 1, cleaned)
    if (isNode(pair.value)) cleanNode(pair.value, depth + 1, cleaned)
  }
}

function judgeName(name: unknown, seen: ReadonlySet<unknown>): string | undefined {
  if (typeof name !== 'string') return 'the name of a field must be text'
  if (name === '<<') return 'merging maps is not allowed in a config'
  if (REFUSED_NAMES.includes(name)) return 'this name is not allowed in a config'
  return seen.has(name) ? 'duplicate name in this map; the first one is used' : undefined
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isCollection(value) || isAlias(value) || isPair(value)
}
