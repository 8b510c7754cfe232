import type { ZodType } from 'zod'
import type { PublishedLimits } from './budget.ts'
import type { TimedContext } from './call.ts'
import type { Consumer } from './consumer.ts'
import type { Journal, JournalContext } from './journal.ts'
import type { KeyIssuer } from './key-issuer.ts'
import type { Meter } from './meter.ts'
import type { Notifier } from './notifier.ts'
import type { LeakReceiver } from './receiver.ts'
import type { SecretAddress, SecretStore } from './secret-store.ts'

/** For whom a policy is printed: Keyrota itself, or the workload that only reads the key. */
export type PolicyRole = 'keyrota' | 'reader'

export interface PolicyRequest<Options = never> {
  readonly options: Options
  /** The targets in this store, at least one; empty for a consumer and a journal. */
  readonly addresses: readonly SecretAddress[]
  readonly role: PolicyRole
}

/** One rule of a Kubernetes Role. */
export interface ClusterRule {
  /** Which cluster: where its kubeconfig is, and the context in it. */
  readonly cluster: string
  /** Empty for the one that only the kubeconfig or the pod knows. */
  readonly namespace: string
  readonly group: string
  readonly resource: string
  /** Absent for all of them. */
  readonly names?: readonly string[]
  readonly verbs: readonly string[]
}

/** What a provider's `options.ts` exports. */
export interface OptionsModule {
  /** A strict zod object with a description for every field. */
  options: ZodType
  /** One sentence: what this provider is. */
  summary: string
  /** Stores: what is wrong with an address by the store's own grammar, found at load; empty when nothing is. */
  checkAddress?(address: SecretAddress): string[]
  /** Stores: one text for every name that the same secret may be called by, where there are several. */
  canonicalSecret?(secret: string, options: never): string
  /** Stores: whether two names may be one secret although that shows only when the service is reached. */
  mayBeSameSecret?(one: string, other: string, options: never): boolean
  /**
   * Stores: a target's secret is the path of a file. Loading a config makes it absolute, from the `folder` option
   * where there is one and from the folder of the config.
   */
  secretIs?: 'file'
  /** Issuers and stores: the limits of the service by account and class; absent: one class for all verbs, learned. */
  publishedLimits?(options: never): PublishedLimits
  /** Stores: the least policy for these targets, as text in the form that the service's own tools take. */
  permissions?(request: PolicyRequest): string
  /** Stores, consumers and journals in a Kubernetes cluster: the least rules; all providers share a Role in each namespace. */
  clusterRules?(request: PolicyRequest): readonly ClusterRule[]
  /** Notifiers: it writes on this machine, at once and by its own `atLeast`; nothing is queued or routed for it. */
  isDirect?: true
  /**
   * Notifiers: an alert wakes somebody and stays open until it is resolved. Without a route it gets alarms alone, and
   * it is told of the end of everything that it was told of.
   */
  isPager?: true
}

export interface Made {
  issuers: KeyIssuer
  stores: SecretStore
  consumers: Consumer
  notifiers: Notifier
  meters: Meter
  receivers: LeakReceiver
  journals: Journal
}

export type ProviderKind = keyof Made

/** What a provider of each kind is made with. */
export interface Contexts {
  issuers: TimedContext
  stores: TimedContext
  consumers: TimedContext
  notifiers: TimedContext
  meters: TimedContext
  receivers: TimedContext
  journals: JournalContext
}

/** One line of the provider list: both halves are imported only when the config names the provider. */
export interface ProviderEntry<K extends ProviderKind> {
  options(): Promise<OptionsModule>
  load(): Promise<{ make(options: never, context: Contexts[K]): Made[K] | Promise<Made[K]> }>
}

export type ProviderList = { readonly [K in ProviderKind]: Readonly<Record<string, ProviderEntry<K>>> }
