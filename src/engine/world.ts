import type { Consumer } from '../contracts/consumer.ts'
import type { KeyIssuer } from '../contracts/key-issuer.ts'
import type { NotifyEvent } from '../contracts/notifier.ts'
import type { Pin } from '../contracts/record.ts'
import type { SecretStore } from '../contracts/secret-store.ts'

/** The outside of one managed key, as the present config names it; providers are made when they are first needed. */
export interface World {
  readonly key: string
  readonly installation: string
  /** The present config of the key; null when the config no longer has it. */
  pin(): Promise<Pin | null>
  issuer(name: string): Promise<KeyIssuer>
  store(name: string): Promise<SecretStore>
  consumer(name: string): Promise<Consumer>
  /** Never throws and never holds up a rotation. */
  tell(event: NotifyEvent): void
  /** Scopes and hard expiry for new keys, as the config says. */
  /** Whether another key of the config has a field in this secret. */
  isShared(target: { store: string; secret: string }): boolean
  readonly issueOptions: { scopes?: readonly string[]; expiresAfterMs?: number }
}
