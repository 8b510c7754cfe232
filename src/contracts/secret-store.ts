import type { Call } from './call.ts'
import type { Material } from './secret-value.ts'

/** The place of a key inside a store. */
export interface SecretAddress {
  /** The secret's name in the store's own grammar: an ARN, a path, `namespace/name`, a file. */
  readonly secret: string
  /** Part of the key → field of the secret that carries it; `null`: the whole secret is that part. */
  readonly fields: Readonly<Record<string, string | null>>
}

export interface StoreTraits {
  /** False for a store that cannot be read back: its consumer alone proves it. */
  readable: boolean
  /** A write names the version it replaces and the store refuses it when that is stale. */
  compareAndSet: boolean
  /** How long a reader may still get the replaced value. */
  settleMs: number
}

export interface StoredKey {
  version: string
  material: Material
  /** The mark written with this version, where the store keeps one. */
  mark?: string
  /** Who wrote it, as the store calls them; told where the store knows and the write was not ours. */
  writer?: string
}

export interface StoreCheck {
  read: 'proved' | 'assumed'
  write: 'proved' | 'assumed'
  /** Things a person should know, e.g. a stale copy of the value somewhere; no value in them. */
  notes: readonly string[]
}

export interface SecretStore {
  readonly traits: StoreTraits
  /** Looks, changes nothing. Throws `invalid` for an address that must not be written (e.g. fed by a controller). */
  check(address: SecretAddress, call: Call): Promise<StoreCheck>
  /** Throws not_found with `missing: secret | field | version`. A disabled or deleted secret is an error, never empty. */
  read(address: SecretAddress, version: string | 'current', call: Call): Promise<StoredKey>
  /**
   * Compare-and-set against `replaces`: a version, or `absent` when our fields were not there. Yields a version
   * never seen before, also for the same bytes; the same mark with the same value again is done and answers the
   * version it made; the same mark with another value is a `conflict`. Sibling fields stay byte for byte. Makes
   * fields, never secrets. The replaced value stays readable by its version until `retire`.
   */
  write(
    address: SecretAddress,
    material: Material,
    intent: { mark: string; replaces: string | 'absent' },
    call: Call,
  ): Promise<{ version: string }>
  /** Makes a dead version unreadable: `gone`; no longer listed but kept by the service: `unlisted`; not possible: `kept`. */
  retire(address: SecretAddress, version: string, call: Call): Promise<'gone' | 'unlisted' | 'kept'>
  close?(): Promise<void>
}
