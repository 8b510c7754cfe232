/** What every verb of the product works with, and how a verb refuses. */
import type { FleetRules, KeyConfig, RotationLimits } from '../contracts/config.ts'
import { type JournalError, ServiceError } from '../contracts/errors.ts'
import type { Pause } from '../contracts/pause.ts'
import type { LeakReceiver } from '../contracts/receiver.ts'
import { findSimilar } from '../contracts/similar-name.ts'
import type { EngineContext } from '../engine/context.ts'
import type { Messages } from './notify/messages.ts'

export { ServiceError } from '../contracts/errors.ts'

export interface Context extends EngineContext {
  limits: RotationLimits
  /** Rules for campaigns; absent: the built-in ones. */
  fleet?: FleetRules
  /** Tries to read the secrets of notifiers, receivers and the heartbeat. @returns those that cannot be read */
  checkSecrets?: () => Promise<SecretTrouble[]>
  /** For verbs that only look: is told what is not shown for want of rights, and why; absent: then they fail. */
  untold?: (what: string, error: JournalError) => void
  /** Keys that are declared outside the config; absent: nobody may. They are among `keys`. */
  declared?: Declared
  /** What people have said of all keys, as this process knows it: one object for all that goes on here. */
  standing: { pausedAll: Pause | null }
  /** Messages to people that are queued and delivered; absent: nothing is told. */
  messages?: Messages
  heartbeat?: Heartbeat
  /** Who may report leaked values; absent: nobody. */
  receivers?: Receivers
}

export interface Receivers {
  readonly names: readonly string[]
  /** Made at its first use. Throws for a name that is not among `names`. */
  get(name: string): Promise<LeakReceiver>
}

/** A secret of Keyrota's own that cannot be read. */
export interface SecretTrouble {
  /** E.g. `notifier chat`. */
  place: string
  text: string
  nextStep: string
}

/** The address whose silence somebody notices. */
export interface Heartbeat {
  readonly everyMs: number
  /** Calls it. @throws ProviderError */
  beat(signal: AbortSignal): Promise<void>
}

/** What stands beside the config; `keys` of the context are what `refresh` returned last. */
export interface Declared {
  refresh(): Promise<ReadonlyMap<string, KeyConfig>>
  /** Answers people at their declarations, and brings deleted ones to their end. */
  settle(context: Context): Promise<Settled>
}

export interface Settled {
  /** Keys for which something that was asked is on record now. */
  taken: string[]
  failed: { key: string; error: unknown }[]
  postponed: { key: string; why: string }[]
  /** A deleted declaration is waited for, and nothing will tell when its time has come. */
  isPending: boolean
}

/** @throws ServiceError `unknown-key`, naming the keys there are. */
export function keyOf(context: Pick<Context, 'keys'>, name: string): KeyConfig {
  const key = context.keys.get(name)
  if (key) return key
  const all = [...context.keys.keys()]
  const near = findSimilar(name, all)
  const names = all.slice(0, 20).join(', ') || 'none'
  throw new ServiceError(
    'unknown-key',
    `the config has no key ${name}`,
    `${near ? `Did you mean ${near}? ` : ''}Keys in the config: ${names}. All with their state: keyrota status`,
  )
}

/** @throws ServiceError `unknown-key` for a key that neither the config nor the journal has. */
export async function requireKnown(context: Pick<Context, 'keys' | 'journal'>, name: string): Promise<void> {
  if (context.keys.has(name)) return
  if (!(await context.journal.load(name)).record) keyOf(context, name)
}
