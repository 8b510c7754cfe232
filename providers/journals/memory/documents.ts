/** Shared documents in memory. */
import { checkDocumentId, checkDocumentText, type Documents } from '../../../src/contracts/documents.ts'
import { type JournalSpace, watchWith } from './space.ts'

/** `work` runs what it is given unless the journal is closed. */
export function openDocuments(
  { documents, documentWatchers }: JournalSpace,
  work: <T>(run: () => T) => Promise<T>,
): Documents {
  const tell = (kind: string) => {
    for (const changed of documentWatchers) changed(kind)
  }
  return {
    read: (id) =>
      work(() => {
        checkDocumentId(id)
        return documents.get(placeOf(id)) ?? null
      }),
    write: ({ kind, name }, { text, revision }) =>
      work(() => {
        checkDocumentId({ kind, name })
        checkDocumentText(text)
        const place = placeOf({ kind, name })
        if ((documents.get(place)?.revision ?? 0) !== revision) return 'conflict'
        const written = { kind, name, text, revision: revision + 1 }
        documents.set(place, written)
        tell(kind)
        return written
      }),
    remove: (id, revision) =>
      work(() => {
        checkDocumentId(id)
        if (documents.get(placeOf(id))?.revision !== revision) return 'conflict'
        documents.delete(placeOf(id))
        tell(id.kind)
        return 'removed'
      }),
    list: (kind, { after = '', limit }) =>
      work(() =>
        [...documents.values()]
          .filter((one) => one.kind === kind && one.name > after)
          .sort((one, other) => (one.name < other.name ? -1 : 1))
          .slice(0, limit),
      ),
    watch: (changed, signal) => watchWith(documentWatchers, changed, signal),
  }
}

function placeOf({ kind, name }: { kind: string; name: string }): string {
  return `${kind} ${name}`
}
