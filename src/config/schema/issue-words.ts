import type { z } from 'zod'

/** The message if no schema has a better one. */
export const NO_FORM = 'matches none of the allowed forms'

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of fields',
  record: 'a map of fields',
  null: 'nothing',
}

/** The kind of a value, for people; never the value itself. */
export function kindOf(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  return kinds[typeof value] ?? typeof value
}

/**
 * What a schema without a message of its own expects. Zod's messages are not used: they say "invalid" where a person
 * needs to know what to write.
 */
export function wordIssue(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'invalid_type') return `expected ${kinds[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_value') return `expected ${listValues(issue.values)}`
  if (issue.code === 'too_small') return `expected at least ${measure(Number(issue.minimum), issue.origin)}`
  if (issue.code === 'too_big') return `expected at most ${measure(Number(issue.maximum), issue.origin)}`
  if (issue.code === 'not_multiple_of') return `expected a multiple of ${issue.divisor}`
  if (issue.code === 'invalid_format' && issue.format !== 'regex')
    return `expected text in the form ${issue.format}`
  return NO_FORM
}

/** `one of a, b, c`, or the only value. */
export function listValues(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`
}

function measure(count: number, origin: string): string {
  if (origin === 'string') return count === 1 ? '1 character' : `${count} characters`
  if (origin === 'array' || origin === 'set') return count === 1 ? '1 entry' : `${count} entries`
  return String(count)
}
