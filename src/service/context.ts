import type { KeyConfig } from '../contracts/config.ts'
import type { Consumer } from '../contracts/consumer.ts'
import type { Journal } from '../contracts/journal.ts'
import type { KeyIssuer } from '../contracts/key-issuer.ts'
import type { NotifyEvent } from '../contracts/notifier.ts'
import type { SecretStore } from '../contracts/secret-store.ts'
import type { Watcher } from '../engine/engine.ts'

/** The providers of a config by their names, each made at its first use and kept. */
export interface Providers {
  issuer(name: string): Promise<KeyIssuer>
  store(name: string): Promise<SecretStore>
  consumer(name: string): Promise<Consumer>
  /** Never throws and never waits. */
  tell(event: NotifyEvent): void
}

/** Everything a verb of the product works with. */
export interface Context {
  installation: string
  keys: ReadonlyMap<string, KeyConfig>
  limits: { atOnce: number; perRun: number; perDay: number }
  journal: Journal
  providers: Providers
  /** Names this process in claims. */
  holder: string
  /** How long this process waits for short things, in milliseconds. */
  waitMs: number
  /** Ends the work after the call under way. */
  stop: AbortSignal
  /** This many lower case letters and digits, unpredictable. */
  random(length: number): string
  watch?: Watcher
}

/** A verb was asked for something that is not there or makes no sense now. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly code: 'unknown-key' | 'nothing-to-do' | 'refused' | 'settle-too-long'
  readonly nextStep: string

  constructor(code: ServiceError['code'], message: string, nextStep: string) {
    super(message)
    this.code = code
    this.nextStep = nextStep
  }
}

/** @throws ServiceError `unknown-key`, naming the keys there are. */
export function keyOf(context: Pick<Context, 'keys'>, name: string): KeyConfig {
  const key = context.keys.get(name)
  if (key) return key
  const names = [...context.keys.keys()].slice(0, 20).join(', ') || 'none'
  throw new ServiceError('unknown-key', `the config has no key ${name}`, `Keys in the config: ${names}.`)
}
