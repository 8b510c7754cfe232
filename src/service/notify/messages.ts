/** What delivery works with, beside the context of every verb. */
import type { NotifyRules } from '../../contracts/config.ts'
import type { Notifier } from '../../contracts/notifier.ts'
import type { Outbox } from './outbox.ts'

export interface Messages {
  /** By the config as it is now. */
  readonly rules: NotifyRules
  /** Every notifier of the config, those that write on this machine too. */
  readonly names: readonly string[]
  notifier(name: string): Promise<Notifier>
  readonly outbox: Outbox
  /** When this process compares all records again, in milliseconds since 1970. */
  readonly done: { nextSweepAt: number }
}
