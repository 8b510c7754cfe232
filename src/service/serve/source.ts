/** What `serve` works with and tells, as the composition and the command line provide it. */
import type { KeyConfig } from '../../contracts/config.ts'
import type { KeyRecord } from '../../contracts/record.ts'
import type { Context } from '../context.ts'
import type { Health } from './health.ts'
import type { JournalCall } from './observe-journal.ts'

/** A config that may change while the process runs. */
export interface LiveSource {
  /** By the config as it is now. */
  readonly context: Context
  /** Reads the config again. Throws nothing: a config that cannot be taken is told. */
  reload(): Promise<Reloaded>
  /** Calls `changed` when the config may have changed. Resolves when aborted; rejects when that can no longer be noticed. */
  watchConfig(changed: () => void, signal: AbortSignal): Promise<void>
}

export type Reloaded = {
  /** Keys for which something could not be done where they are declared. */
  troubles?: readonly { key: string; error: unknown }[]
} /** It says what it said before. */ & (
  | { is: 'same' }
  /** `close` ends the providers that no longer are as configured; called once nothing works with them any more. */
  | { is: 'taken'; summary: string; close(): Promise<void> }
  | { is: 'refused'; why: string }
)

/** Is told what happens; for lines on stderr and for metrics. */
export interface ServeListener {
  /** One line for people. */
  say?(line: string): void
  /** Work on this key has ended in an error; the others go on. */
  failed?(key: string, error: unknown): void
  reloaded?(result: Reloaded['is']): void
  journalCalled?(call: JournalCall): void
  /** A receiver was sent something; both are constants or names of the config. */
  reportHeard?(heard: { receiver: string; result: string }): void
}

export interface ServeOptions {
  /** How long what is under way may go on after the end was asked for, in milliseconds. */
  graceMs: number
  listener: ServeListener
}

/** How it ended: keys whose work did not end in time. */
export interface ServeEnd {
  left: readonly string[]
}

/** A process that serves, not begun yet. */
export interface Serving {
  readonly health: Health
  /** Every key of the config with its record, and rotations of keys that it no longer has. */
  keys(): { name: string; config: KeyConfig | undefined; record: KeyRecord | undefined }[]
  /** Has the config read again. */
  reload(): void
  /** Calls the chores that look at documents of this kind: this process has written one. */
  ring(kind: string): void
  /** Serves until the context's `stop` aborts. */
  work(): Promise<ServeEnd>
}
