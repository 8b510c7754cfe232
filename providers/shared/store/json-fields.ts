import { type Node, parseTree } from 'jsonc-parser'

/*
 * Reads and replaces members of a JSON object in its text, so that everything else stays byte for byte: numbers
 * beyond a double, spelling of escapes, order and white space. Only the outermost object has fields.
 */

/** The text cannot hold fields. `message` completes "secret x …" and contains no value. */
export class JsonFieldError extends Error {
  override readonly name = 'JsonFieldError'
}

interface Member {
  name: Node
  value: Node
}

/**
 * The string in each of the named fields; undefined for a field that is absent or `null`.
 * @throws JsonFieldError if the text is not a JSON object, or a field occurs twice or does not hold a string.
 */
export function readJsonFields(
  text: string,
  names: readonly string[],
): Readonly<Record<string, string | undefined>> {
  const members = parseMembers(text)
  return Object.fromEntries(names.map((name) => [name, findField(members, name)?.value.value ?? undefined]))
}

/**
 * Every field that holds a string; one that occurs twice counts as its last, as for most readers.
 * @throws JsonFieldError if the text is not a JSON object.
 */
export function readTextFields(text: string): Record<string, string> {
  return Object.fromEntries(
    parseMembers(text)
      .filter(({ value }) => value.type === 'string')
      .map(({ name, value }) => [String(name.value), String(value.value)]),
  )
}

/**
 * The text with these fields set: a value is replaced in place, a new field follows the last one in the same layout.
 * @throws JsonFieldError as {@link readJsonFields} does.
 */
export function replaceJsonFields(text: string, fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields).reduce((result, [name, value]) => replaceField(result, name, value), text)
}

function replaceField(text: string, name: string, value: string): string {
  const members = parseMembers(text)
  const found = findField(members, name)?.value
  const literal = JSON.stringify(value)
  if (found !== undefined) return text.slice(0, found.offset) + literal + text.slice(endOf(found))
  const open = text.indexOf('{') + 1
  const last = members.at(-1)
  const before = members.at(-2)
  if (last === undefined) return `${text.slice(0, open)}${JSON.stringify(name)}:${literal}${text.slice(open)}`
  const lead = text.slice(before === undefined ? open : endOf(before.value) + 1, last.name.offset)
  const space = /^\s*$/.test(lead) ? lead : ''
  const colon = text.slice(endOf(last.name), last.value.offset)
  const end = endOf(last.value)
  return `${text.slice(0, end)},${space}${JSON.stringify(name)}${colon}${literal}${text.slice(end)}`
}

function endOf({ offset, length }: Node): number {
  return offset + length
}

function findField(members: readonly Member[], name: string): Member | undefined {
  const [found, ...others] = members.filter((member) => member.name.value === name)
  if (others.length > 0) throw new JsonFieldError(`has the field ${name} ${others.length + 1} times`)
  if (found !== undefined && found.value.type !== 'string' && found.value.type !== 'null')
    throw new JsonFieldError(`has something other than a string in the field ${name}`)
  return found
}

/** The members of the object, by jsonc-parser. It accepts more than JSON does, so JSON.parse has to accept it first. */
function parseMembers(text: string): readonly Member[] {
  let root: Node | undefined
  try {
    JSON.parse(text)
    root = parseTree(text)
  } catch {
    // The parser's own message quotes the text.
    throw new JsonFieldError('cannot be parsed as JSON')
  }
  if (root?.type !== 'object') throw new JsonFieldError('is not a JSON object')
  return (root.children ?? []).flatMap(({ children: [name, value] = [] }) =>
    name === undefined || value === undefined ? [] : [{ name, value }],
  )
}
