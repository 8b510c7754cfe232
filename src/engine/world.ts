/** The outside of one managed key: its providers, and its present config as a rotation would pin it. */
import type { KeyConfig } from '../contracts/config.ts'
import type { Pin } from '../contracts/record.ts'
import type { EngineContext, Providers } from './context.ts'
import { pinKey } from './pin.ts'

/** Providers are made when they are first needed. */
export interface World extends Providers {
  readonly key: string
  /** The present config of the key; null when the config no longer has it. */
  pin(): Promise<Pin | null>
  /** Whether another key of the config has a field in this secret. */
  isShared(secret: SecretName): boolean
  /** Whether a key of the config has this field of the secret. */
  isManaged(secret: SecretName, field: string): boolean
  /** Every key of the config. */
  readonly keys: ReadonlyMap<string, KeyConfig>
  /** Scopes and hard expiry for new keys, as the config says. */
  readonly issueOptions: { scopes?: readonly string[]; expiresAfterMs?: number }
}

interface SecretName {
  store: string
  secret: string
}

export function worldOf({ keys, providers }: Pick<EngineContext, 'keys' | 'providers'>, name: string): World {
  const key = keys.get(name)
  let pin: Promise<Pin | null> | undefined
  return {
    key: name,
    pin: () => {
      pin ??= key ? pinKey(providers, key) : Promise.resolve(null)
      return pin
    },
    issuer: (issuer) => providers.issuer(issuer),
    store: (store) => providers.store(store),
    consumer: (consumer) => providers.consumer(consumer),
    tell: (event) => providers.tell(event),
    isShared: (secret) =>
      [...(indexSecrets(keys).get(idOf(secret))?.keys ?? [])].some((other) => other !== name),
    isManaged: (secret, field) => indexSecrets(keys).get(idOf(secret))?.fields.has(field) ?? false,
    keys,
    issueOptions: {
      ...(key?.scopes ? { scopes: key.scopes } : {}),
      ...(key?.expiresAfterMs === undefined ? {} : { expiresAfterMs: key.expiresAfterMs }),
    },
  }
}

function idOf({ store, secret }: SecretName): string {
  return `${store}/${secret}`
}

interface InSecret {
  readonly keys: Set<string>
  readonly fields: Set<string | null>
}

/** Needed at every read of a target, so a config of ten thousand keys is gone through once. */
const indexes = new WeakMap<ReadonlyMap<string, KeyConfig>, Map<string, InSecret>>()

function indexSecrets(keys: ReadonlyMap<string, KeyConfig>): Map<string, InSecret> {
  const known = indexes.get(keys)
  if (known) return known
  const index = new Map<string, InSecret>()
  for (const key of keys.values()) {
    for (const target of key.targets) {
      const id = idOf(target)
      const here = index.get(id) ?? { keys: new Set(), fields: new Set() }
      index.set(id, here)
      here.keys.add(key.name)
      for (const field of Object.values(target.fields)) here.fields.add(field)
    }
  }
  indexes.set(keys, index)
  return index
}
