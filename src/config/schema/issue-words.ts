import type { z } from 'zod'

/** Stands for "no schema said anything better". */
export const NO_FORM = 'fits none of the forms allowed here'

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

/** What kind of thing stands there, for people; never the thing itself. */
export function kindOf(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  return kinds[typeof value] ?? typeof value
}

/**
 * What a schema that says nothing itself expects. Zod's own messages are not used, because they say "invalid" where
 * a person wants to hear what to write.
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

/** `one of a, b, c`, or the only one. */
export function listValues(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`
}

function measure(count: number, origin: string): string {
  if (origin === 'string') return count === 1 ? '1 character' : `${count} characters`
  if (origin === 'array' || origin === 'set') return count === 1 ? '1 entry' : `${count} entries`
  return String(count)
}
