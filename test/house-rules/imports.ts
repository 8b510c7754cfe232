import { posix } from 'node:path'
import { type Expression, Visitor } from 'oxc-parser'
import { parse, placeOf, type SourceFile } from './source-files.ts'

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

/** The literal text of a specifier; undefined when it is computed at run time. */
function readSpecifier(node: Expression): string | undefined {
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0)
    return node.quasis[0]?.value.cooked ?? undefined
  return node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined
}

/** Every import of a file, in no particular order. */
export function findImports(file: SourceFile): Import[] {
  const found: Import[] = []
  const add = (start: number, to: string | undefined, isTypeOnly: boolean): void => {
    found.push({ ...resolveImport(file.path, to), place: placeOf(file, start), isTypeOnly })
  }
  new Visitor({
    ImportDeclaration: (node) => add(node.start, node.source.value, node.importKind === 'type'),
    ExportAllDeclaration: (node) => add(node.start, node.source.value, node.exportKind === 'type'),
    ExportNamedDeclaration: (node) => {
      if (node.source) add(node.start, node.source.value, node.exportKind === 'type')
    },
    ImportExpression: (node) => add(node.start, readSpecifier(node.source), false),
    TSImportType: (node) => add(node.start, node.source.value, true),
    CallExpression: ({ callee, arguments: [name], start }) => {
      if (callee.type !== 'Identifier' || callee.name !== 'require' || !name) return
      add(start, name.type === 'SpreadElement' ? undefined : readSpecifier(name), false)
    },
  }).visit(parse(file).program)
  return found
}

function resolveImport(from: string, specifier: string | undefined): Pick<Import, 'from' | 'to' | 'isOurs'> {
  if (!specifier?.startsWith('.')) return { from, to: specifier, isOurs: false }
  return { from, to: posix.join(posix.dirname(from), specifier), isOurs: true }
}
