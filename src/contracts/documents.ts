/*
 * Small documents beside the records of keys, which all processes of an installation share: campaigns, budgets of
 * calls, usage, messages to deliver, pauses. No value in any of them.
 */

/** Names a document: what it is for, and which one of that kind. Both of lower-case letters, digits, `-` and `.`. */
export interface DocumentId {
  /** A constant, e.g. `campaign`; at most 32 characters. */
  readonly kind: string
  /** At most 100 characters. */
  readonly name: string
}

export interface Document extends DocumentId {
  /** Grows with each write of this document; 1 after the first. */
  readonly revision: number
  /** JSON, at most 512 KiB as UTF-8. */
  readonly text: string
}

/** What every journal takes: an object of Kubernetes must not have more than about one MiB. */
const MAX_DOCUMENT_BYTES = 512 * 1024

/**
 * Documents are changed by compare-and-set: whoever comes second reads again. Throws JournalError: `unavailable` when
 * it is not known whether a write took place; RangeError for a name or a text that no journal takes.
 */
export interface Documents {
  read(id: DocumentId): Promise<Document | null>
  /**
   * Writes the text if the document still has this revision; 0: if there is none yet. `conflict`: somebody else has
   * changed, made or removed it, and nothing was written.
   */
  write(id: DocumentId, change: { text: string; revision: number }): Promise<Document | 'conflict'>
  /** Removes it if it still has this revision. `conflict` as above; one that is gone already is a conflict too. */
  remove(id: DocumentId, revision: number): Promise<'removed' | 'conflict'>
  /** In the order of their name, `after` the last one of the page before. */
  list(kind: string, page: { after?: string; limit: number }): Promise<Document[]>
  /**
   * Calls `changed` with the kind of a document that somebody may have changed; null: of any kind. Resolves when
   * aborted; rejects with JournalError `unavailable` when it breaks. Absent: the journal cannot tell.
   */
  watch?(changed: (kind: string | null) => void, signal: AbortSignal): Promise<void>
}

const NAME = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/

/** @throws RangeError for what no journal takes */
export function checkDocumentId({ kind, name }: DocumentId): void {
  if (kind.length > 32 || !NAME.test(kind)) throw new RangeError('not the kind of a document')
  if (name.length > 100 || !NAME.test(name)) throw new RangeError('not the name of a document')
}

/** @throws RangeError for a text that no journal takes */
export function checkDocumentText(text: string): void {
  if (Buffer.byteLength(text) > MAX_DOCUMENT_BYTES)
    throw new RangeError(`a document of more than ${MAX_DOCUMENT_BYTES} bytes`)
}
