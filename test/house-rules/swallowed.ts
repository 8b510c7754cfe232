import { type CatchClause, type Expression, type Program, type Span, Visitor } from 'oxc-parser'
import { parse, placeOf, type SourceFile } from './source-files.ts'

/** What a `try` may do whose failure can mean one thing only: the text in hand does not parse. */
const ONLY_PARSES = /^(?:return|[\w.]+ =|const \w+ =)?\s*(?:JSON\.parse|new URL|new RegExp)\([^\n]*$/

/** Whether this value says nothing about the failure that led to it. */
function isDefault(value: Expression): boolean {
  switch (value.type) {
    case 'Literal':
      return !('regex' in value)
    case 'TemplateLiteral':
      return value.expressions.length === 0
    case 'Identifier':
      return value.name === 'undefined'
    case 'UnaryExpression':
      return value.operator === 'void' || (value.operator === '-' && isDefault(value.argument))
    case 'ArrayExpression':
      return value.elements.length === 0
    case 'ObjectExpression':
      return value.properties.length === 0
    case 'NewExpression':
      return (
        value.callee.type === 'Identifier' && /^(Map|Set)$/.test(value.callee.name) && !value.arguments[0]
      )
    default:
      return false
  }
}

/** Whether this is `….catch(() => <default>)` or `….catch(() => {})`. */
function isShortened(call: Expression): boolean {
  if (call.type !== 'CallExpression' || call.callee.type !== 'MemberExpression') return false
  const { property } = call.callee
  const [handler] = call.arguments
  if (property.type !== 'Identifier' || property.name !== 'catch') return false
  if (handler?.type !== 'ArrowFunctionExpression') return false
  return handler.body.type === 'BlockStatement' ? handler.body.body.length === 0 : isDefault(handler.body)
}

/** Everything in a file that bears on the question which of its errors are swallowed. */
function collect({ text }: SourceFile, program: Program) {
  const clauses: CatchClause[] = []
  const onlyParses = new Set<CatchClause>()
  const identifiers: (Span & { name: string })[] = []
  const returns: Span[] = []
  const shortened: Span[] = []
  const dropped = new Map<number, number>()
  new Visitor({
    TryStatement: ({ block, handler }) => {
      if (handler && ONLY_PARSES.test(text.slice(block.start + 1, block.end - 1).trim()))
        onlyParses.add(handler)
    },
    CatchClause: (clause) => void clauses.push(clause),
    Identifier: (node) => void identifiers.push(node),
    ReturnStatement: (node) => {
      if (!node.argument || isDefault(node.argument)) returns.push(node)
    },
    ExpressionStatement: ({ expression, start }) => {
      if (expression.type === 'AwaitExpression' || expression.type === 'UnaryExpression')
        dropped.set(expression.argument.start, start)
    },
    CallExpression: (call) => {
      if (isShortened(call)) shortened.push(call)
    },
  }).visit(program)
  return { clauses, onlyParses, identifiers, returns, shortened, dropped }
}

/**
 * Places where an error is caught and replaced by a default. Allowed are: a `catch` around nothing but the parsing of
 * text in hand, one that does nothing and says why, and a promise whose result is dropped below such a comment.
 */
export function findSwallowedErrors(file: SourceFile): string[] {
  const { program, comments } = parse(file)
  const seen = collect(file, program)
  const swallowing = seen.clauses.filter((clause) => {
    const { param, body } = clause
    const names = new Set(
      param ? seen.identifiers.filter((node) => isInside(node, param)).map(({ name }) => name) : [],
    )
    if (seen.identifiers.some((node) => names.has(node.name) && isInside(node, body))) return false
    if (body.body.length === 0) return !comments.some((comment) => isInside(comment, body))
    return !seen.onlyParses.has(clause) && seen.returns.some((node) => isInside(node, body))
  })
  const unexplained = seen.shortened.filter(({ start }) => {
    const statement = seen.dropped.get(start)
    const gap = (end: number) => file.text.slice(end, statement)
    return (
      statement === undefined || !comments.some(({ end }) => end < statement && /^\n[ \t]*$/.test(gap(end)))
    )
  })
  return [...swallowing, ...unexplained]
    .sort((a, b) => a.start - b.start)
    .map(({ start }) => `${placeOf(file, start)} swallows an error`)
}

function isInside(inner: Span, outer: Span): boolean {
  return inner.start >= outer.start && inner.end <= outer.end
}
