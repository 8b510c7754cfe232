/* Reads values from JSON bodies by JSONPath (RFC 9535). */

import { compile } from 'json-p3'
import { isSameScalar } from './exact-json.ts'

type Json = Parameters<ReturnType<typeof compile>['query']>[0]

/** Returns what is wrong with a JSONPath; undefined if it is valid. */
export function describePathProblem(path: string): string | undefined {
  try {
    compile(path)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : 'cannot be parsed'
  }
}

/** Returns the path in one spelling, so that two of them can be compared. */
export function normalizePath(path: string): string {
  try {
    return String(compile(path))
  } catch {
    // Not a path: the field's own check says so.
    return path
  }
}

/** Returns every value that the path selects, in order. */
export function pickAll(body: unknown, path: string): unknown[] {
  return body === undefined
    ? []
    : compile(path)
        .query(body as Json)
        .values()
}

/** Returns the first value that the path selects. */
export function pick(body: unknown, path: string): unknown {
  return pickAll(body, path)[0]
}

/** Returns the selected text. Numbers become text, since many services use numeric ids. Empty text counts as absent. */
export function pickText(body: unknown, path: string): string | undefined {
  const value = pick(body, path)
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/**
 * Returns the selected time in milliseconds since 1970. Accepts a number (seconds, or milliseconds from 1e11 on), digits
 * as text, or a date as text, which is UTC if it has no zone.
 */
export function pickTime(body: unknown, path: string): number | undefined {
  const value = pick(body, path)
  const count = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value
  if (typeof count === 'number') return count < 1e11 ? Math.round(count * 1000) : Math.round(count)
  if (typeof count !== 'string') return undefined
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/i.test(count) || !count.includes(':')
  const atMs = Date.parse(hasZone ? count : `${count}Z`)
  return Number.isNaN(atMs) ? undefined : atMs
}

/** A test of a JSON body. */
export interface BodyTest {
  path?: string | undefined
  is?: unknown
  contains?: string | undefined
}

/**
 * Whether a selected value equals `is` (or one of its list) or its text contains `contains`. Without either, whether any
 * selected value is not null, false or empty.
 */
export function passesTest(body: unknown, test: BodyTest): boolean {
  if (test.path === undefined) return true
  const values = pickAll(body, test.path)
  const { is, contains } = test
  if (is !== undefined)
    return values.some((value) => (Array.isArray(is) ? is : [is]).some((one) => isSameScalar(one, value)))
  if (contains !== undefined)
    return values.some((value) => typeof value === 'string' && value.includes(contains))
  return values.some((value) => !isBlank(value))
}

function isBlank(value: unknown): boolean {
  return value === null || value === false || value === '' || (Array.isArray(value) && value.length === 0)
}
