/** Shared documents in the SQLite file. */
import {
  checkDocumentId,
  checkDocumentText,
  type Document,
  type Documents,
} from '../../../src/contracts/documents.ts'
import type { Database } from './database.ts'

export function openDocuments(database: Database): Documents {
  return {
    async read(id) {
      checkDocumentId(id)
      return await database.read((statements) => statements.get<Document>('readDocument', { ...id }) ?? null)
    },
    async write({ kind, name }, { text, revision }) {
      checkDocumentId({ kind, name })
      checkDocumentText(text)
      const verb = revision === 0 ? 'addDocument' : 'changeDocument'
      const values = { kind, name, text, ...(revision === 0 ? {} : { revision }) }
      const written = await database.write((statements) => statements.get<{ revision: number }>(verb, values))
      return written ? { kind, name, text, revision: written.revision } : 'conflict'
    },
    async remove({ kind, name }, revision) {
      checkDocumentId({ kind, name })
      const removed = await database.write((statements) =>
        statements.get('removeDocument', { kind, name, revision }),
      )
      return removed ? 'removed' : 'conflict'
    },
    list: (kind, { after = '', limit }) =>
      database.read((statements) => statements.all<Document>('listDocuments', { kind, after, limit })),
  }
}
