/** What stands beside the records: a person may have the right to read the records alone, and is shown those. */
import { JournalError, ProviderError } from '../contracts/errors.ts'
import type { Context } from './context.ts'

/**
 * Reads it; where the rights do not reach, `context.untold` is told of it and `otherwise` is returned. Without `untold`
 * nothing is left out: who acts on a pause has to know whether there is one.
 * @throws whatever the reading throws
 */
export async function readBeside<T>(
  { untold }: Pick<Context, 'untold'>,
  { what, otherwise }: { what: string; otherwise: T },
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!untold || !isDenied(error)) throw error
    untold(what, error)
    return otherwise
  }
}

function isDenied(error: unknown): error is JournalError {
  return (
    error instanceof JournalError && error.cause instanceof ProviderError && error.cause.code === 'denied'
  )
}
