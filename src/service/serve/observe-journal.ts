/** Stands before a journal and tells of each call: what came of it, how long it took, and what was committed. */

import type { Clock } from '../../contracts/clock.ts'
import { JournalError, type JournalErrorCode } from '../../contracts/errors.ts'
import type { Journal } from '../../contracts/journal.ts'
import type { KeyRecord } from '../../contracts/record.ts'

/** What came of one call of the journal; a constant. `unexpected`: it threw what is no JournalError. */
export type JournalCode = JournalErrorCode | 'ok' | 'held' | 'unexpected'

export interface JournalCall {
  /** The verb of its contract, e.g. `commit`. */
  verb: string
  code: JournalCode
  durationMs: number
  /** In words, of a call that failed. */
  why?: string
}

export interface JournalListener {
  called(call: JournalCall): void
  /** This process has committed the record. */
  committed(key: string, record: KeyRecord): void
  /** This process has noted that the targets of these keys were read. */
  looked(keys: readonly string[], at: number): void
}

/** The same journal; its watch is not among the calls, since it lasts. */
export function observeJournal(journal: Journal, clock: Clock, listener: JournalListener): Journal {
  const timed = async <T>(verb: string, call: () => Promise<T>): Promise<T> => {
    const startedAt = clock.monotonicMs()
    const tell = (code: JournalCode, why?: string) =>
      listener.called({
        verb,
        code,
        durationMs: clock.monotonicMs() - startedAt,
        ...(why === undefined ? {} : { why }),
      })
    try {
      const result = await call()
      tell(result === 'held' ? 'held' : 'ok')
      return result
    } catch (error) {
      if (error instanceof JournalError) tell(error.code, error.message)
      else tell('unexpected')
      throw error
    }
  }
  return {
    claim: (key, by) => timed('claim', () => journal.claim(key, by)),
    renew: (claim) => timed('renew', () => journal.renew(claim)),
    commit: async (claim, request) => {
      const receipt = await timed('commit', () => journal.commit(claim, request))
      listener.committed(claim.key, request.record)
      return receipt
    },
    move: (from, to, request) => timed('move', () => journal.move(from, to, request)),
    forget: (claim, request) => timed('forget', () => journal.forget(claim, request)),
    noteLooks: async (keys, at) => {
      await timed('noteLooks', () => journal.noteLooks(keys, at))
      listener.looked(keys, at)
    },
    release: (claim) => timed('release', () => journal.release(claim)),
    load: (key) => timed('load', () => journal.load(key)),
    list: (page) => timed('list', () => journal.list(page)),
    holders: (fingerprint) => timed('holders', () => journal.holders(fingerprint)),
    trail: (page) => timed('trail', () => journal.trail(page)),
    finished: (rotation) => timed('finished', () => journal.finished(rotation)),
    documents: {
      read: (id) => timed('readDocument', () => journal.documents.read(id)),
      write: (id, change) => timed('writeDocument', () => journal.documents.write(id, change)),
      remove: (id, revision) => timed('removeDocument', () => journal.documents.remove(id, revision)),
      list: (kind, page) => timed('listDocuments', () => journal.documents.list(kind, page)),
      ...(journal.documents.watch ? { watch: journal.documents.watch.bind(journal.documents) } : {}),
    },
    close: () => journal.close(),
  }
}
