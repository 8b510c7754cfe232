/**
 * Reads and replaces members of a JSON object in its text, so that everything else stays byte for byte: numbers
 * beyond a double, spelling of escapes, order and white space. Only the outermost object has fields.
 */

/** The text is not what fields can be kept in. `message` names no value. */
export class JsonFieldError extends Error {
  override readonly name = 'JsonFieldError'
}

interface Member {
  name: string
  nameStart: number
  nameEnd: number
  valueStart: number
  valueEnd: number
}

/**
 * The string in each of the named fields; undefined for a field that is absent.
 * @throws JsonFieldError when the text is no JSON object, a field occurs twice or holds anything but a string.
 */
export function readJsonFields(
  text: string,
  names: readonly string[],
): Readonly<Record<string, string | undefined>> {
  const members = scanMembers(text)
  return Object.fromEntries(
    names.map((name) => {
      const member = findMember(members, name)
      return [name, member === undefined ? undefined : readString(text, member)]
    }),
  )
}

/**
 * The text with these fields set: a value is replaced where it stands, a new field comes after the last one in the
 * same layout.
 * @throws JsonFieldError as {@link readJsonFields} does.
 */
export function replaceJsonFields(text: string, fields: Readonly<Record<string, string>>): string {
  let result = text
  for (const [name, value] of Object.entries(fields)) result = replaceField(result, name, value)
  return result
}

function replaceField(text: string, name: string, value: string): string {
  const members = scanMembers(text)
  const member = findMember(members, name)
  const literal = JSON.stringify(value)
  if (member !== undefined) {
    readString(text, member)
    return text.slice(0, member.valueStart) + literal + text.slice(member.valueEnd)
  }
  const last = members.at(-1)
  if (last === undefined) {
    const open = text.indexOf('{') + 1
    return `${text.slice(0, open)}${JSON.stringify(name)}:${literal}${text.slice(open)}`
  }
  const before = members.at(-2)
  const lead = text.slice((before?.valueEnd ?? text.indexOf('{')) + 1, last.nameStart)
  const space = /^\s*$/.test(lead) ? lead : ''
  const colon = text.slice(last.nameEnd, last.valueStart)
  return `${text.slice(0, last.valueEnd)},${space}${JSON.stringify(name)}${colon}${literal}${text.slice(last.valueEnd)}`
}

function findMember(members: readonly Member[], name: string): Member | undefined {
  const found = members.filter((member) => member.name === name)
  if (found.length > 1) throw new JsonFieldError(`field ${name} occurs ${found.length} times`)
  return found[0]
}

function readString(text: string, member: Member): string {
  const value: unknown = JSON.parse(text.slice(member.valueStart, member.valueEnd))
  if (typeof value !== 'string') throw new JsonFieldError(`field ${member.name} holds no string`)
  return value
}

/** Where the members of the object stand. The text is checked by the real parser first, so the scan may trust it. */
function scanMembers(text: string): Member[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    // The parser's own message quotes the text.
    throw new JsonFieldError('it holds no JSON')
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new JsonFieldError('its JSON is no object')
  }
  const members: Member[] = []
  let at = skipSpace(text, text.indexOf('{') + 1)
  while (text[at] !== '}') {
    const nameStart = at
    const nameEnd = skipString(text, nameStart)
    const valueStart = skipSpace(text, skipSpace(text, nameEnd) + 1)
    const valueEnd = skipValue(text, valueStart)
    const name = JSON.parse(text.slice(nameStart, nameEnd)) as string
    members.push({ name, nameStart, nameEnd, valueStart, valueEnd })
    at = skipSpace(text, valueEnd)
    if (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return members
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && /[\t\n\r ]/.test(text[at] ?? '')) at += 1
  return at
}

/** From an opening quote to behind the closing one. */
function skipString(text: string, from: number): number {
  let at = from + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function skipValue(text: string, from: number): number {
  if (text[from] === '"') return skipString(text, from)
  if (text[from] !== '{' && text[from] !== '[') {
    let at = from
    while (!/[,}\]\s]/.test(text[at] ?? ',')) at += 1
    return at
  }
  let depth = 0
  let at = from
  do {
    const sign = text[at]
    if (sign === '{' || sign === '[') depth += 1
    if (sign === '}' || sign === ']') depth -= 1
    at = sign === '"' ? skipString(text, at) : at + 1
  } while (depth > 0)
  return at
}
