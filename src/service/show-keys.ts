/** The journal shows the keys of the config, where it can. */
import { JournalError } from '../contracts/errors.ts'
import type { Context } from './context.ts'

/** What cannot be shown is returned and not thrown: the keys are rotated all the same. */
export async function showKeys({
  journal,
  keys,
}: Pick<Context, 'journal' | 'keys'>): Promise<JournalError | null> {
  try {
    await journal.declare?.([...keys.values()])
    return null
  } catch (error) {
    if (error instanceof JournalError) return error
    throw error
  }
}
