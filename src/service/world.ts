import type { KeyConfig } from '../contracts/config.ts'
import type { IssuerTraits } from '../contracts/key-issuer.ts'
import type { Pin, PinnedIssuer } from '../contracts/record.ts'
import type { World } from '../engine/world.ts'
import type { Context } from './context.ts'

/** The outside of one key: its providers, and its present config as a rotation would pin it. */
export function worldOf(context: Context, name: string): World {
  const key = context.keys.get(name)
  const { providers, installation } = context
  let pin: Promise<Pin | null> | undefined
  return {
    key: name,
    installation,
    pin: () => {
      pin ??= key ? pinKey(context, key) : Promise.resolve(null)
      return pin
    },
    issuer: (issuer) => providers.issuer(issuer),
    store: (store) => providers.store(store),
    consumer: (consumer) => providers.consumer(consumer),
    tell: (event) => providers.tell(event),
    isShared: (target) => isSharedSecret(context, name, target),
    issueOptions: {
      ...(key?.scopes ? { scopes: key.scopes } : {}),
      ...(key?.expiresAfterMs === undefined ? {} : { expiresAfterMs: key.expiresAfterMs }),
    },
  }
}

/** The present config of a key with the traits of its providers. */
export async function pinKey(context: Context, key: KeyConfig): Promise<Pin> {
  const [issuer, targets, consumers] = await Promise.all([
    pinIssuer(context, key),
    Promise.all(
      key.targets.map(async (target) => ({
        ...target,
        traits: (await context.providers.store(target.store)).traits,
      })),
    ),
    Promise.all(
      key.consumers.map(async (name) => ({
        name,
        restarts: (await context.providers.consumer(name)).restart !== undefined,
      })),
    ),
  ])
  return { issuer, targets, consumers, policy: key.policy }
}

async function pinIssuer(context: Context, key: KeyConfig): Promise<PinnedIssuer> {
  const issuer = await context.providers.issuer(key.issuer)
  const traits: IssuerTraits = {
    ...issuer.traits,
    settleMs: Math.max(issuer.traits.settleMs, key.settleMs ?? 0),
    ...(key.exclusive ? { exclusive: true } : {}),
  }
  return {
    name: key.issuer,
    lifecycle: issuer.lifecycle,
    traits,
    canDisable:
      issuer.lifecycle !== 'operator' && issuer.disable !== undefined && issuer.enable !== undefined,
    canIdentify: issuer.identify !== undefined,
  }
}

function isSharedSecret(context: Context, name: string, target: Place): boolean {
  const names = indexPlaces(context.keys).get(placeOf(target)) ?? []
  return names.some((other) => other !== name)
}

interface Place {
  store: string
  secret: string
}

function placeOf(target: Place): string {
  return `${target.store}/${target.secret}`
}

/** Asked at every read of a target, so a config of ten thousand keys is gone through once. */
const indexes = new WeakMap<ReadonlyMap<string, KeyConfig>, Map<string, string[]>>()

function indexPlaces(keys: ReadonlyMap<string, KeyConfig>): Map<string, string[]> {
  const known = indexes.get(keys)
  if (known) return known
  const index = new Map<string, string[]>()
  for (const key of keys.values()) {
    for (const target of key.targets) {
      const place = placeOf(target)
      index.set(place, [...(index.get(place) ?? []), key.name])
    }
  }
  indexes.set(keys, index)
  return index
}
