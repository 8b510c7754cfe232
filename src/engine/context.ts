/** What the engine is given by the composition: keys, providers, journal, time and chance. */
import type { Ambient } from '../contracts/clock.ts'
import type { KeyConfig } from '../contracts/config.ts'
import type { Consumer } from '../contracts/consumer.ts'
import type { AuditEntry, Journal } from '../contracts/journal.ts'
import type { KeyIssuer } from '../contracts/key-issuer.ts'
import type { NotifyEvent } from '../contracts/notifier.ts'
import type { Rotation } from '../contracts/record.ts'
import type { SecretStore } from '../contracts/secret-store.ts'
import type { Slots } from './slots.ts'

/** The providers of a config by their names, each made at its first use and kept. */
export interface Providers {
  issuer(name: string): Promise<KeyIssuer>
  store(name: string): Promise<SecretStore>
  consumer(name: string): Promise<Consumer>
  /** Never throws and never waits. */
  tell(event: NotifyEvent): void
}

/** Is told of commits and waits, for progress on a terminal and for logs. */
export interface Watcher {
  /** A key is about to be claimed; `attended` follows, whatever happens. */
  attending?(key: string): void
  attended?(key: string): void
  committed?(audit: readonly AuditEntry[]): void
  waiting?(rotation: Rotation, until: number, key: string): void
}

export interface EngineContext extends Ambient {
  installation: string
  keys: ReadonlyMap<string, KeyConfig>
  journal: Journal
  providers: Providers
  /** Names this process in claims. */
  holder: string
  /** How long this process waits for short things, in milliseconds. */
  waitMs: number
  /** Ends the work after the call under way. */
  stop: AbortSignal
  watch?: Watcher
  /** How many rotations work at the same time; absent: no limit, for verbs about one key. */
  slots?: Slots
}
