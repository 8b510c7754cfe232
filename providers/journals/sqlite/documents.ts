/** Shared documents in the SQLite file. */
import {
  checkDocumentId,
  checkDocumentText,
  type Document,
  type Documents,
} from '../../../src/contracts/documents.ts'
import type { Database } from './database.ts'
import type { FileWatch } from './watch.ts'

export function openDocuments(database: Database, watch: FileWatch): Documents {
  return {
    async read(id) {
      checkDocumentId(id)
      const row = await database.read((statements) => statements.get<Document>('readDocument', { ...id }))
      return row ? { ...row } : null
    },
    async write({ kind, name }, { text, revision }) {
      checkDocumentId({ kind, name })
      checkDocumentText(text)
      const verb = revision === 0 ? 'addDocument' : 'changeDocument'
      const values = { kind, name, text, ...(revision === 0 ? {} : { revision }) }
      const written = await database.write((statements) => statements.get<{ revision: number }>(verb, values))
      if (written) watch.wroteDocument(kind)
      return written ? { kind, name, text, revision: written.revision } : 'conflict'
    },
    async remove({ kind, name }, revision) {
      checkDocumentId({ kind, name })
      const removed = await database.write((statements) =>
        statements.get('removeDocument', { kind, name, revision }),
      )
      if (removed) watch.wroteDocument(kind)
      return removed ? 'removed' : 'conflict'
    },
    async list(kind, { after = '', limit }) {
      const values = { kind, after, limit }
      const rows = await database.read((statements) => statements.all<Document>('listDocuments', values))
      return rows.map((row) => ({ ...row }))
    },
    watch: (changed, signal) => watch.followDocuments(changed, signal),
  }
}
