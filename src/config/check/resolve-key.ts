import { resolve } from 'node:path'
import type { ConfiguredTarget, KeyConfig } from '../../contracts/config.ts'
import type { Policy } from '../../contracts/record.ts'
import type { UsageRules } from '../../contracts/usage.ts'
import { defaultPolicy, type RawKey, type RawPolicy, type RawTarget } from '../schema/schema.ts'
import type { RawUsage } from '../schema/usage.ts'

/** Stores whose secrets are files, with the folder that relative paths start from. */
export type SecretFolders = ReadonlyMap<string, string>

export type MergedPolicy = typeof defaultPolicy & RawPolicy

type SaidPolicy = { readonly [K in keyof RawPolicy]?: RawPolicy[K] | undefined }

/** The effective policy: the key's own fields, else those of `defaults`, else the built-in ones. */
export function mergePolicy(key: SaidPolicy, defaults: RawPolicy): MergedPolicy {
  return { ...defaultPolicy, ...dropUndefined(defaults), ...dropUndefined(key) }
}

export interface Known {
  folders: SecretFolders
  /** Longest time between two openings of the key's window; undefined without a window. */
  longestGapMs: number | undefined
}

/** The key with every default filled in. */
export function resolveKey(name: string, raw: RawKey, merged: MergedPolicy, known: Known): KeyConfig {
  const { window } = merged
  return {
    name,
    environment: raw.environment,
    service: raw.service,
    owner: raw.owner,
    issuer: raw.issuer,
    consumers: raw.consumers,
    targets: raw.targets.map((target) => resolveTarget(target, known.folders)),
    policy: resolvePolicy(merged),
    leaseMs: merged.lease,
    lookEveryMs: merged.lookEvery,
    observe: merged.observe,
    exclusive: merged.exclusive,
    ...(raw.first ? { first: true } : {}),
    ...(merged.usage ? { usage: resolveUsage(merged.usage) } : {}),
    ...dropUndefined({
      settleMs: merged.settle,
      expiresAfterMs: merged.expiresAfter,
      scopes: raw.scopes,
      group: raw.group,
      labels: raw.labels,
    }),
    ...(merged.blackouts && merged.blackouts.length > 0 ? { blackouts: merged.blackouts } : {}),
    ...(window && {
      window: {
        cron: window.cron,
        forMs: window.for,
        timeZone: window.timeZone,
        longestGapMs: known.longestGapMs ?? 0,
      },
    }),
  }
}

function resolveUsage({ silentFor, mostPerHour, policies, ...usage }: RawUsage): UsageRules {
  return {
    ...usage,
    ...dropUndefined({ mostPerHour, silentForMs: silentFor }),
    policies: dropUndefined(policies),
  }
}

function resolvePolicy(merged: MergedPolicy): Policy {
  return {
    everyMs: merged.every,
    overlapMs: merged.overlap,
    confirmations: merged.confirmations,
    callLimitMs: merged.callLimit,
    readyLimitMs: merged.readyLimit,
    giveUpMs: merged.giveUp,
    askBeforeMs: merged.askBefore,
    remindEveryMs: merged.remindEvery,
    operatorDeadlineMs: merged.operatorDeadline,
    afterCareMs: merged.afterCare,
    retryMinMs: merged.retryMin,
    retryMaxMs: merged.retryMax,
    allowOutage: merged.allowOutage,
    ...dropUndefined({ quietForMs: merged.quietFor }),
  }
}

/**
 * The target with an id that looks like the config, and with one spelling of its secret: the path of a file becomes
 * absolute, since a relative one would mean another file in another working directory.
 */
export function resolveTarget(raw: RawTarget, folders: SecretFolders): ConfiguredTarget {
  const fields: Record<string, string | null> = raw.fields ?? { value: raw.field ?? null }
  const named = Object.values(fields).filter((field) => field !== null)
  const folder = folders.get(raw.store)
  return {
    id: `${raw.store}/${raw.secret}${named.length > 0 ? `#${named.join('+')}` : ''}`,
    store: raw.store,
    secret: folder === undefined ? raw.secret : resolve(folder, raw.secret),
    fields,
    ...(raw.template === undefined ? {} : { template: raw.template }),
  }
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** A field that is `undefined` must not hide the default below it. */
function dropUndefined<T extends object>(fields: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<
    Defined<T>
  >
}
