/** Shared documents in ConfigMaps beside the objects. */
import type { Documents } from '../../../src/contracts/documents.ts'
import { JournalError } from '../../../src/contracts/errors.ts'

export function openDocuments<Hand>(_work: <T>(run: (hand: Hand) => Promise<T>) => Promise<T>): Documents {
  const refuse = () => {
    throw new JournalError('unavailable', 'documents are not kept yet', 'Use the journal sqlite.')
  }
  return { read: refuse, write: refuse, remove: refuse, list: refuse }
}
