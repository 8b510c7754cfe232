import type { Config } from '../../contracts/config.ts'
import type { OptionsModule, ProviderList } from '../../contracts/provider-entry.ts'
import { makeGapFinder } from '../check/window.ts'
import type { Platform } from './read-team-key.ts'

/** What objects of teams are held against; null if the config opens nothing to them. */
export async function loadPlatform(
  { teams, issuers, stores }: Config,
  providers: ProviderList,
): Promise<Platform | null> {
  if (!teams) return null
  const addressRules = new Map<string, OptionsModule>()
  for (const store of new Set(teams.grants.flatMap((grant) => grant.stores))) {
    const module = await providers.stores[stores[store]?.type ?? '']?.options()
    if (module) addressRules.set(store, module)
  }
  return { rules: teams, issuers, stores, addressRules, findGapMs: makeGapFinder() }
}
