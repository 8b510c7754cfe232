/** Makes the pin of a key: its present config with the traits of its providers, as a rotation keeps it. */
import type { KeyConfig } from '../contracts/config.ts'
import type { IssuerTraits } from '../contracts/key-issuer.ts'
import type { Pin, PinnedIssuer } from '../contracts/record.ts'
import type { Providers } from './context.ts'

export async function pinKey(providers: Providers, key: KeyConfig): Promise<Pin> {
  const [issuer, targets, consumers] = await Promise.all([
    pinIssuer(providers, key),
    Promise.all(
      key.targets.map(async (target) => ({
        ...target,
        traits: (await providers.store(target.store)).traits,
      })),
    ),
    Promise.all(
      key.consumers.map(async (name) => ({
        name,
        restarts: (await providers.consumer(name)).restart !== undefined,
      })),
    ),
  ])
  return { issuer, targets, consumers, policy: key.policy }
}

async function pinIssuer(providers: Providers, key: KeyConfig): Promise<PinnedIssuer> {
  const issuer = await providers.issuer(key.issuer)
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
    canRevoke: issuer.revoke !== undefined,
    ...(issuer.lifecycle === 'operator'
      ? {}
      : { canEndOverlap: issuer.endOverlap !== undefined, canReadBack: issuer.readBack !== undefined }),
  }
}
