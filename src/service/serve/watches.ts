/** What wakes `serve` before its next moment: changes in the journal and its documents, and changes of the config. */
import { JournalError, ProviderError } from '../../contracts/errors.ts'
import { keepWatching } from './keep-watching.ts'
import type { LiveSource } from './source.ts'

export interface Woken {
  /** Somebody may have changed the record of this key; null: of any key. */
  recordChanged(key: string | null): void
  /** Somebody may have changed a document of this kind; null: of any kind. */
  documentChanged(kind: string | null): void
  configChanged(): void
  say(line: string): void
}

/** Watches both until the context's `stop` aborts. */
export async function watchAll(source: LiveSource, woken: Woken): Promise<void> {
  await Promise.all([watchJournal(source, woken), watchDocuments(source, woken), watchConfig(source, woken)])
}

async function watchJournal({ context }: LiveSource, { recordChanged, say }: Woken): Promise<void> {
  const { journal, clock, stop } = context
  const { watch } = journal
  if (!watch) return
  await keepWatching({
    watch: (until) => watch.call(journal, recordChanged, until),
    broken: (error) => {
      say(`the journal cannot be watched now: ${describe(error)}`)
      recordChanged(null)
    },
    clock,
    signal: stop,
  })
}

async function watchDocuments({ context }: LiveSource, { documentChanged, say }: Woken): Promise<void> {
  const { journal, clock, stop } = context
  const { watch } = journal.documents
  if (!watch) return
  await keepWatching({
    watch: (until) => watch.call(journal.documents, documentChanged, until),
    broken: (error) => {
      say(`the documents of the journal cannot be watched now: ${describe(error)}`)
      documentChanged(null)
    },
    clock,
    signal: stop,
  })
}

async function watchConfig(source: LiveSource, { configChanged, say }: Woken): Promise<void> {
  const { clock, stop } = source.context
  await keepWatching({
    watch: (until) => source.watchConfig(configChanged, until),
    broken: (error) => {
      const what = error instanceof ProviderError ? 'what teams declare' : 'the config'
      say(`${what} cannot be watched now: ${describe(error)}; SIGHUP has it read again`)
      configChanged()
    },
    clock,
    signal: stop,
  })
}

/** The text of an error that is not ours may hold anything. */
function describe(error: unknown): string {
  if (error instanceof JournalError) return error.message
  if (!(error instanceof Error)) return 'unexpected error'
  return 'code' in error ? String(error.code) : error.name
}
