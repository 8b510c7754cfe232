/** What a shared document says; one that is damaged is named, and never quoted. */
import type { Document } from '../contracts/documents.ts'
import { JournalError } from '../contracts/errors.ts'

/** @throws JournalError `corrupt` when it is no JSON object or list */
export function parseDocument<T>({ kind, name, text }: Document, nextStep?: string): T {
  const value = parse(text)
  if (isWhole(value)) return value as T
  throw new JournalError(
    'corrupt',
    `the document ${kind} ${name} of the journal is damaged`,
    nextStep ?? 'Restore it from a backup of the journal, or take it out of it.',
  )
}

/**
 * The same of a document that can be made anew: one that is damaged is as good as none. Whoever goes on without what was
 * in it does too much rather than nothing: tells twice, measures again.
 */
export function parseOrNone<T>(document: Document | null): T | null {
  const value = document && parse(document.text)
  return isWhole(value) ? (value as T) : null
}

function isWhole(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
