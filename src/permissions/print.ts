/* The verb `permissions`: what everything that a config names has to be allowed. */

import type { Config, ProviderSetting } from '../contracts/config.ts'
import type { ClusterRule, OptionsModule, PolicyRole, ProviderList } from '../contracts/provider-entry.ts'
import type { SecretAddress } from '../contracts/secret-store.ts'
import { describeRoles } from './roles.ts'

export interface PermissionsOptions {
  readonly config?: string
  readonly role: PolicyRole
  /** Only what is in this namespace of a cluster. */
  readonly namespace?: string
}

export interface Policy {
  /** The names in the config of what it is for. */
  store: string
  type: string
  policy: string
}

interface Place {
  readonly name: string
  readonly type: string
  readonly module: OptionsModule
  readonly options: unknown
  readonly addresses: readonly SecretAddress[]
}

/** A policy for each store that has one of its own, and one for everything that is in a cluster. */
export async function printPermissions(
  config: Config,
  list: ProviderList,
  { role, namespace }: PermissionsOptions,
): Promise<Policy[]> {
  const places = await findPlaces(config, list)
  const own = places.flatMap(({ name, type, module, ...rest }) =>
    module.permissions ? [{ store: name, type, policy: module.permissions(requestOf(rest, role)) }] : [],
  )
  const inCluster = places.map((place) => ({
    name: place.name,
    rules: (place.module.clusterRules?.(requestOf(place, role)) ?? []).filter(
      (rule) => namespace === undefined || rule.namespace === namespace,
    ),
  }))
  const named = inCluster.filter(({ rules }) => rules.length > 0)
  const rules: ClusterRule[] = named.flatMap((one) => [...one.rules])
  const cluster = { store: named.map(({ name }) => name).join(', '), type: 'kubernetes' }
  return [
    ...(namespace === undefined ? own : []),
    ...(rules.length > 0 ? [{ ...cluster, policy: describeRoles(rules, role) }] : []),
  ]
}

function requestOf({ options, addresses }: Pick<Place, 'options' | 'addresses'>, role: PolicyRole) {
  return { options: options as never, addresses, role }
}

async function findPlaces(config: Config, list: ProviderList): Promise<Place[]> {
  const targets = Object.values(config.keys).flatMap((key) => key.targets)
  const used = new Set(Object.values(config.keys).flatMap((key) => key.consumers))
  const place = async (
    kind: 'stores' | 'consumers' | 'journals',
    name: string,
    { type, options }: ProviderSetting,
    addresses: readonly SecretAddress[] = [],
  ): Promise<Place[]> => {
    const module = await list[kind][type]?.options()
    return module === undefined ? [] : [{ name, type, module, options, addresses }]
  }
  const found = await Promise.all([
    ...Object.entries(config.stores).map(async ([name, setting]) => {
      const addresses = targets.filter(({ store }) => store === name)
      return addresses.length > 0 ? place('stores', name, setting, addresses) : []
    }),
    ...Object.entries(config.consumers).map(async ([name, setting]) =>
      used.has(name) ? place('consumers', name, setting) : [],
    ),
    place('journals', 'journal', config.journal),
  ])
  return found.flat()
}
