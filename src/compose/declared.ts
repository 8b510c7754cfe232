/** Objects in the cluster of the journal: what people ask for at them, and keys that teams declare by them. */
import { providers as list, sources } from '../../providers/index.ts'
import { loadPlatform } from '../config/teams/load-platform.ts'
import type { TeamKey } from '../config/teams/read-team-key.ts'
import { type Around, readTeamKeys } from '../config/teams/read-team-keys.ts'
import type { Config, ProviderSetting } from '../contracts/config.ts'
import type { DeclaredKey, KeySource } from '../contracts/key-source.ts'
import type { OptionsModule } from '../contracts/provider-entry.ts'
import { Declarations, type ReadDeclarations } from '../service/declared/declarations.ts'
import { contextOf } from './providers.ts'

const WORKLOAD = 'kubernetes-rollout'

/** The source in the cluster of the journal; it lives as long as the process, as the journal does. */
export interface TeamSource extends KeySource {
  /** The namespace of the config's own objects. */
  namespace(): string
  /** Whether objects outside that namespace count. */
  reachFor(who: 'own' | 'teams'): void
}

/** Null: the journal keeps no objects that a person could ask anything at. */
export async function openTeamSource(config: Config): Promise<TeamSource | null> {
  if (config.journal.type !== 'kubernetes') return null
  const { make } = await sources.kubernetes()
  return make(config.journal.options as object, contextOf(config, 'managedkeys'))
}

/**
 * The declarations of teams by this config. The workloads of accepted keys are put among `consumers`, by names that no
 * consumer of the config can have.
 */
export async function makeDeclarations(
  config: Config,
  source: TeamSource,
  consumers: Record<string, ProviderSetting>,
): Promise<Declarations> {
  const platform = await loadPlatform(config, list)
  source.reachFor(platform ? 'teams' : 'own')
  const configured = new Map(Object.entries(config.keys))
  if (!platform) return new Declarations({ source, read: refuseAll, configured })
  const around: Around = { platform, configured: config.keys, ownNamespace: source.namespace() }
  const workload = await list.consumers[WORKLOAD]?.options()
  const read = (declared: readonly DeclaredKey[]): ReadDeclarations => {
    const { keys, refused } = readTeamKeys(declared, around)
    for (const key of keys.values()) addWorkloads(consumers, key, config.journal, workload)
    return { keys: new Map([...keys].map(([name, { key }]) => [name, key])), refused }
  }
  return new Declarations({ source, read, configured })
}

/** No teams: whoever makes an object in the namespace of the config's keys is told that keys go into the config. */
function refuseAll(declared: readonly DeclaredKey[]): ReadDeclarations {
  const problem = {
    path: 'metadata.namespace',
    message: 'is that of Keyrota itself, whose keys are declared in its config',
    expected: 'a key of the config; `kubernetes.teams` opens other namespaces',
  }
  return { keys: new Map(), refused: new Map(declared.map(({ key }) => [key, [problem]])) }
}

/** A name stands for one workload for ever, so that what was made for it stays right. */
function addWorkloads(
  consumers: Record<string, ProviderSetting>,
  { key, workloads }: TeamKey,
  journal: ProviderSetting,
  module: OptionsModule | undefined,
): void {
  const namespace = key.name.slice(0, key.name.indexOf('/'))
  const { kubeconfig, context }: { kubeconfig?: string; context?: string } = Object(journal.options)
  const cluster = { ...(kubeconfig ? { kubeconfig } : {}), ...(context ? { context } : {}) }
  for (const [name, { kind, name: workload }] of workloads) {
    const given = { kind, name: workload, namespace, ...cluster }
    consumers[name] ??= { type: WORKLOAD, options: module ? module.options.parse(given) : given }
  }
}

/**
 * The config with the keys that teams declare now, as a verb needs it that works with the config alone.
 * @throws ProviderError when the cluster cannot be asked.
 */
export async function addTeamKeys(config: Config): Promise<Config> {
  // The policy of a config alone can be printed where the cluster cannot be reached.
  const source = config.teams ? await openTeamSource(config) : null
  if (!source) return config
  try {
    const consumers = { ...config.consumers }
    const declarations = await makeDeclarations(config, source, consumers)
    const keys = declarations ? Object.fromEntries(await declarations.refresh()) : config.keys
    return { ...config, keys, consumers }
  } finally {
    await source.close()
  }
}
