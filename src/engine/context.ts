/** What the engine is given by the composition: keys, providers, journal, time and chance. */
import type { CallBudget } from '../contracts/budget.ts'
import type { Ambient } from '../contracts/clock.ts'
import type { KeyConfig } from '../contracts/config.ts'
import type { Consumer } from '../contracts/consumer.ts'
import type { ErrorCode } from '../contracts/errors.ts'
import type { AuditEntry, Journal } from '../contracts/journal.ts'
import type { KeyIssuer, ProbeAnswer } from '../contracts/key-issuer.ts'
import type { Meter } from '../contracts/meter.ts'
import type { NotifyEvent } from '../contracts/notifier.ts'
import type { DueReason, Rotation, RotationEnd, Step } from '../contracts/record.ts'
import type { SecretStore } from '../contracts/secret-store.ts'
import type { Slots } from './slots.ts'

/** The providers of a config by their names, each made at its first use and kept. */
export interface Providers {
  issuer(name: string): Promise<KeyIssuer>
  store(name: string): Promise<SecretStore>
  consumer(name: string): Promise<Consumer>
  /** Absent: the config has no meters. */
  meter?(name: string): Promise<Meter>
  /** Never throws and never waits. */
  tell(event: NotifyEvent): void
}

/** What came of one call of a provider; a constant. Beside the codes of a ProviderError: */
export type CallCode =
  | ErrorCode
  | 'ok'
  /** It was left behind at the end of its time limit. */
  | 'timeout'
  /** It threw what is no ProviderError: a defect. */
  | 'unexpected'
  /** The lease did not cover it any more. */
  | 'not_sent'

/** One call of a provider that is over. */
export interface CallReport {
  /** Its name in the config. */
  provider: string
  /** The verb of its contract, e.g. `read`. */
  verb: string
  code: CallCode
  durationMs: number
  /** The key it was for, where it was for one. */
  key?: string
}

/** Is told of commits, calls and waits, for progress on a terminal, for logs and for metrics. */
export interface Watcher {
  /** A key is about to be claimed; `attended` follows, whatever happens. */
  attending?(key: string): void
  attended?(key: string): void
  committed?(audit: readonly AuditEntry[]): void
  waiting?(rotation: Rotation, until: number, key: string): void
  /** A call of a provider is over. */
  called?(report: CallReport): void
  /** It is a call's turn on the budget of its class. */
  waitedForTurn?(report: { provider: string; verb: string; waitedMs: number }): void
  /** A probe was answered; `garbage`: it was the negative control. */
  probed?(issuer: string, subject: 'key' | 'garbage', verdict: ProbeAnswer['verdict']): void
  /** A rotation has left a step, as committed. */
  leftStep?(step: Step, durationMs: number, about: { key: string; rotation: string }): void
  /** A round of delivery has ended: how many messages wait for this notifier, and whether it fails. */
  notifierSeen?(about: { notifier: string; queued: number; isFailing: boolean }): void
  /** Messages for this notifier were given up. */
  messagesDropped?(notifier: string, count: number): void
  /** A rotation has ended, as committed. */
  ended?(about: {
    key: string
    rotation: string
    end: RotationEnd
    reason: DueReason
    durationMs: number
  }): void
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
  /**
   * How long a claim is kept for waiting alone, in milliseconds; then a wait lets the key go, so that a person's command
   * gets in. A key whose value only this process holds is kept all the same. Absent: as long as `waitMs`.
   */
  holdMs?: number
  /** Ends the work after the call under way. */
  stop: AbortSignal
  watch?: Watcher
  /** How fast calls of providers go out; absent: no limit. */
  budget?: CallBudget
  /** How many rotations work at the same time; absent: no limit, for verbs about one key. */
  slots?: Slots
}
