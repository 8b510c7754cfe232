/* The contract of a secret store: where the consumers of a key read it. */

import type { Call } from './call.ts'
import type { Material, SecretValue } from './secret-value.ts'

/** Where a key is inside a store. */
export interface SecretAddress {
  /** The secret's name in the store's own grammar: an ARN, a path, `namespace/name`, a file. */
  readonly secret: string
  /** Part of the key → field of the secret that holds it. `null`: the part is the whole secret. */
  readonly fields: Readonly<Record<string, string | null>>
}

export interface StoreTraits {
  /** False if the store cannot be read back; then only the consumer can prove the key. */
  readable: boolean
  /** A write names the version it replaces, and the store itself refuses a stale one. */
  compareAndSet: boolean
  /** How long readers may still get the replaced value, in milliseconds. */
  settleMs: number
  /** Programs of a cluster read its secrets as Secrets of Kubernetes, so a consumer there can tell whether it does. */
  readAs?: 'kubernetes-secret'
}

/** One version of a key in a store. */
export interface StoredKey {
  version: string
  material: Material
  /** The mark written with this version, if the store keeps marks. */
  mark?: string
  /** Who wrote it, in the store's own terms. Set only if the store knows and the write was not ours. */
  writer?: string
  /** The other fields of the secret that hold text: one of them may hold the same key. */
  others?: Readonly<Record<string, SecretValue>>
}

/** The result of a check. `proved`: tested; `assumed`: could not be tested without a change. */
export interface StoreCheck {
  read: 'proved' | 'assumed'
  write: 'proved' | 'assumed'
  /** What a person should know, e.g. about a stale copy of the value. Never contains a value. */
  notes: readonly string[]
}

export interface SecretStore {
  readonly traits: StoreTraits
  /**
   * Checks access without changing anything.
   * @throws ProviderError `invalid` if the address must not be written, e.g. because a controller manages it.
   */
  check(address: SecretAddress, call: Call): Promise<StoreCheck>
  /**
   * Reads one version.
   * @throws ProviderError `not_found` with `missing`. A disabled or deleted secret is an error too, never an empty value.
   */
  read(address: SecretAddress, version: string | 'current', call: Call): Promise<StoredKey>
  /**
   * Returns why a key with these parts cannot be written there so that every reader gets it; null: it can. Asked before
   * anything is written, for a key that was just created; sends nothing. The text contains no value. Absent: the store
   * carries every string.
   */
  explainUnfit?(address: SecretAddress, material: Material): string | null
  /**
   * Writes the key if the current version is still `replaces`, where `absent` means that our fields do not exist.
   *
   * Every write creates a new version, even for the same bytes. Repeating a write (same mark, same value) changes nothing
   * and returns its version; the same mark with another value is a `conflict`. Sibling fields are preserved byte for
   * byte. Creates fields but never secrets. The replaced value stays readable by its version until `retire`.
   * @throws ProviderError `conflict` if the current version is no longer `replaces`.
   */
  write(
    address: SecretAddress,
    material: Material,
    intent: { mark: string; replaces: string | 'absent' },
    call: Call,
  ): Promise<{ version: string }>
  /**
   * Makes a version that is no longer in use unreadable. Returns `gone`, `unlisted` (the service keeps it but no longer
   * lists it), or `kept` (the store cannot remove it).
   */
  retire(address: SecretAddress, version: string, call: Call): Promise<'gone' | 'unlisted' | 'kept'>
  close?(): Promise<void>
}
