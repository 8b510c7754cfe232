import { isNothing } from '../../../../src/contracts/value-shape.ts'
import type { Definition, Format } from './format.ts'

/** Why a file cannot be read or changed as asked; the message names lines and names, never a value. */
export class EditError extends Error {}

/**
 * The values of some variables as the file's reader gets them, in ordinary characters. A variable that is not there,
 * or has no value behind its sign, is left out.
 * @throws EditError when a name is defined more than once, in a way readers disagree on, or not in UTF-8.
 */
export function readFields(text: string, format: Format, fields: readonly string[]): Map<string, string> {
  const definitions = format.scan(text)
  const values = new Map<string, string>()
  for (const field of fields) {
    const found = findOne(definitions, field)
    const value = found && decode(found)
    if (value !== undefined && !isNothing(value)) values.set(field, value)
  }
  return values
}

/** The values of all other variables, as far as this reader gets them for certain; of a name's several lines the last. */
export function readOthers(text: string, format: Format, fields: readonly string[]): Map<string, string> {
  const others = format.scan(text).filter(({ name }) => !fields.includes(name))
  return new Map(others.map(({ name, value }) => [name, Buffer.from(value, 'latin1').toString('utf8')]))
}

/**
 * The text with these variables set: only the spelling of their values changes, names that are not there are added at
 * the end in the file's own style. A value that was in the file before gets the spelling that it had there (`kept`), so
 * that whatever read it then reads it again. What comes out is read again and compared, name by name.
 * @throws EditError when a value cannot be spelt, or another line would be read differently afterwards.
 */
export function setFields(
  text: string,
  format: Format,
  values: ReadonlyMap<string, string>,
  kept: ReadonlyMap<string, string> = new Map(),
): string {
  const definitions = format.scan(text)
  const changes: { start: number; end: number; spelling: string }[] = []
  const added: string[] = []
  const expected = definitions.map(({ name, value }) => [name, value])
  for (const [field, value] of values) {
    const found = findOne(definitions, field)
    const before = kept.get(field)
    const isSame = before !== undefined && readsAs(format, before, value)
    const spelling = isSame ? before : spellField(format, field, value)
    if (found) {
      changes.push({ start: found.start, end: found.end, spelling })
      expected[definitions.indexOf(found)] = [field, encode(value)]
    } else {
      added.push(`${field}=${spelling}`)
      expected.push([field, encode(value)])
    }
  }
  const changed = addLines(applyChanges(text, changes), added)
  const after = format.scan(changed).map(({ name, value }) => [name, value])
  if (JSON.stringify(after) !== JSON.stringify(expected))
    throw new EditError(
      'another line would be read differently afterwards; look for an open quote or backslash',
    )
  return changed
}

/** The spelling of each variable that is there, as it is in the file. */
export function readSpellings(text: string, format: Format, fields: readonly string[]): Map<string, string> {
  const spellings = format.scan(text).map(({ name, start, end }) => [name, text.slice(start, end)] as const)
  return new Map(spellings.filter(([name]) => fields.includes(name)))
}

function readsAs(format: Format, spelling: string, value: string): boolean {
  const [only, ...others] = format.scan(`X=${spelling}\n`)
  return others.length === 0 && only?.problem === undefined && only?.value === encode(value)
}

function findOne(definitions: readonly Definition[], field: string): Definition | undefined {
  const found = definitions.filter(({ name }) => name === field)
  if (found.length > 1)
    throw new EditError(
      `${field} is defined ${found.length} times, in lines ${found.map(({ line }) => line).join(', ')}`,
    )
  const [only] = found
  if (only?.problem !== undefined) throw new EditError(`${field} in line ${only.line}: ${only.problem}`)
  return only
}

function spellField(format: Format, field: string, value: string): string {
  const spelling = value === '' || !value.isWellFormed() ? undefined : format.spell(value)
  if (spelling === undefined)
    throw new EditError(`${field} would have a value that ${format.limits}; this format cannot carry it`)
  return encode(spelling)
}

function applyChanges(
  text: string,
  changes: readonly { start: number; end: number; spelling: string }[],
): string {
  let changed = text
  for (const { start, end, spelling } of [...changes].sort((a, b) => b.start - a.start))
    changed = changed.slice(0, start) + spelling + changed.slice(end)
  return changed
}

function addLines(text: string, lines: readonly string[]): string {
  if (lines.length === 0) return text
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n'
  const added = lines.join(lineEnd)
  if (text === '' || text.endsWith('\n')) return text + added + lineEnd
  // A file without a final line end stays one.
  return text + lineEnd + added
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

function decode(definition: Definition): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(definition.value, 'latin1'),
    )
  } catch {
    throw new EditError(`${definition.name} in line ${definition.line}: its value is not UTF-8`)
  }
}
