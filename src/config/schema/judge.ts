import { z } from 'zod'
import { type Path, readPath, valueAt } from '../text/path.ts'
import { kindOf, listValues, NO_FORM, wordIssue } from './issue-words.ts'
import { describeField, fieldNames, schemasAt } from './schema-walk.ts'
import { suggestName } from './suggest.ts'

/** Something wrong at a place of the config. The value found there is never included: it may be a secret. */
export interface Finding {
  path: Path
  message: string
  expected?: string | undefined
  suggestion?: string | undefined
  /** Whether to point at the field's name instead of its value. */
  atName?: boolean
}

export type Judged<T> = { isRight: true; value: T } | { isRight: false; findings: Finding[] }

type Issue = z.core.$ZodIssue

interface Subject {
  schema: z.core.$ZodType
  data: unknown
}

/**
 * Validates plain data against a schema. A schema's own message is used as it is; if it begins with `expected`, it says
 * what to write. `at` is the place of the data in the config.
 */
export function judge<T>(schema: z.ZodType<T>, data: unknown, at: Path): Judged<T> {
  const result = schema.safeParse(data, { error: wordIssue })
  if (result.success) return { isRight: true, value: result.data }
  const findings = result.error.issues.flatMap((issue) => explain(issue, [], { schema, data }))
  return {
    isRight: false,
    findings: findings.map((finding) => ({ ...finding, path: [...at, ...finding.path] })),
  }
}

function explain(issue: Issue, around: Path, subject: Subject): Finding[] {
  const path = [...around, ...readPath(issue.path)]
  if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => explainUnknown(name, path, subject))
  if (issue.code === 'invalid_key') {
    const expected = readExpected(issue.issues[0]?.message)
    return [{ path, message: 'this name is not allowed here', expected, atName: true }]
  }
  if (issue.code === 'invalid_union' && issue.message === NO_FORM && issue.errors.length > 0) {
    const branch = findNearest(issue.errors)
    if (branch) return branch.flatMap((inner) => explain(inner, path, subject))
  }
  return [explainValue(issue, path, subject)]
}

function explainUnknown(name: string, path: Path, subject: Subject): Finding {
  const suggestion = suggestName(name, fieldNames(schemasAt(subject.schema, path)))
  return { path: [...path, name], message: 'unknown field', suggestion, atName: true }
}

function explainValue(issue: Issue, path: Path, subject: Subject): Finding {
  const value = valueAt(subject.data, path)
  const description = describeField(subject.schema, path)
  const allowed = allowedAt(subject.schema, path)
  const expected = readExpected(issue.message) ?? (allowed.length > 0 ? listValues(allowed) : description)
  if (value === undefined) return { path, message: 'is missing', expected: description ?? expected }
  const suggestion = typeof value === 'string' ? suggestName(value, allowed) : undefined
  if (issue.code === 'invalid_type') return { path, message: `is ${kindOf(value)}`, expected, suggestion }
  const isOwnWords = issue.message !== NO_FORM && readExpected(issue.message) === undefined
  if (isOwnWords) return { path, message: issue.message }
  return { path, message: 'is not valid', expected, suggestion }
}

function readExpected(message: string | undefined): string | undefined {
  return message?.startsWith('expected ') ? message.slice('expected '.length) : undefined
}

/** The values that a field may have, if they are few and known. */
function allowedAt(schema: z.core.$ZodType, path: Path): string[] {
  return schemasAt(schema, path).flatMap((one) => {
    if (one instanceof z.ZodEnum) return one.options.map(String)
    return one instanceof z.ZodLiteral ? [...one.values].map(String) : []
  })
}

/** The form that was probably meant: of the right kind, with the fewest problems. None if no kind is right. */
function findNearest(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const ofRightKind = branches.filter(
    (issues) => !issues.some(({ code, path }) => path.length === 0 && code === 'invalid_type'),
  )
  return ofRightKind.toSorted((a, b) => a.length - b.length)[0]
}
