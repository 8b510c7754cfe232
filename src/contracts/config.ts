/* The config as the rest of the program sees it, and the error that lists what is wrong with it. */

import type { Rate } from './budget.ts'
import type { Closures } from './closures.ts'
import type { PinnedTarget, Policy } from './record.ts'
import type { SecretSource } from './secret-source.ts'
import type { UsageRules } from './usage.ts'

/** A validated config with all defaults filled in. Durations are in milliseconds. */
export interface Config {
  /** Absolute path of the file. */
  readonly file: string
  /** Part of every mark, so that two installations on one account never touch each other's keys. */
  readonly installation: string
  /** Absolute path of the folder for the journal and for what stores keep on this machine. */
  readonly stateFolder: string
  readonly issuers: Readonly<Record<string, ProviderSetting>>
  readonly stores: Readonly<Record<string, ProviderSetting>>
  readonly consumers: Readonly<Record<string, ProviderSetting>>
  readonly notifiers: Readonly<Record<string, ProviderSetting>>
  readonly meters: Readonly<Record<string, ProviderSetting>>
  /** Who may report leaked values to `serve`. */
  readonly receivers: Readonly<Record<string, ProviderSetting>>
  readonly journal: ProviderSetting
  readonly limits: RotationLimits
  /** When no rotation starts by itself, for keys that name them; absent: none. */
  readonly calendars?: Readonly<Record<string, CalendarConfig>>
  readonly notify: NotifyRules
  readonly heartbeat?: HeartbeatRule
  readonly fleet: FleetRules
  readonly keys: Readonly<Record<string, KeyConfig>>
  /** What is opened to keys that teams declare as objects in Kubernetes; absent: nothing. */
  readonly teams?: TeamRules
}

/** Who is told what. */
export interface NotifyRules {
  /** By the name of a notifier: those whose messages are queued and delivered. The others write on this machine. */
  readonly notifiers: Readonly<Record<string, NotifierTraits>>
  readonly routes: readonly Route[]
  readonly owners: Readonly<Record<string, OwnerRule>>
}

export interface NotifierTraits {
  readonly isPager: boolean
  /** A route or an owner names it; else it gets what its kind gets by default. */
  readonly isRouted: boolean
}

/** An event that fits all that is set goes to these notifiers. */
export interface Route {
  readonly owners?: readonly string[]
  readonly environments?: readonly string[]
  readonly atLeast: 'info' | 'warning' | 'alarm'
  /** Kinds of events; one that ends in `*` means all that begin so. */
  readonly kinds?: readonly string[]
  readonly notify: readonly string[]
}

export interface OwnerRule {
  readonly notify: readonly string[]
  /** Another owner, who is told too when a person is late. */
  readonly escalateTo?: string
}

/** The address that is called as long as this installation works. */
export interface HeartbeatRule {
  /** Where the address comes from: it is a secret. */
  readonly url: SecretSource
  readonly everyMs: number
}

export interface TeamRules {
  readonly grants: readonly TeamGrant[]
  /** The policy fields that `defaults` of the config sets, in milliseconds: what a team leaves out. */
  readonly defaults: Readonly<Record<string, unknown>>
}

/** What one entry under `kubernetes.teams` opens. A key has to fit into one of them as a whole. */
export interface TeamGrant {
  /** Names of namespaces, or patterns with `*`. */
  readonly namespaces: readonly string[]
  readonly environments: readonly string[]
  readonly issuers: readonly string[]
  readonly stores: readonly string[]
  readonly scopes: readonly string[]
  /** How many keys one namespace may declare by this grant. */
  readonly maxKeys: number
}

/** A configured provider: its type, and options validated by the provider's own schema. */
export interface ProviderSetting {
  readonly type: string
  readonly options: unknown
  /** Issuers and stores: limits of the service by class, instead of those that are published; null: none is known. */
  readonly rateLimits?: Readonly<Record<string, Rate | null>>
}

export interface RotationLimits {
  /** Rotations that run concurrently. */
  readonly atOnce: number
  /** Rotations that one `keyrota run` starts. */
  readonly perRun: number
  /** Rotations that may start within 24 hours. */
  readonly perDay: number
}

/** What holds for a campaign: many keys that a person has rotated at once. */
export interface FleetRules {
  /** The part of all keys that campaigns may begin to rotate within an hour, between 0 and 1. */
  readonly sharePerHour: number
  /** Sizes of the waves, each a number of keys or a percentage of them; cumulative, the last one is `100%`. */
  readonly waves: readonly string[]
  /** Rotations that one process works on at the same time. */
  readonly atOnce: number
  readonly breaker: {
    /** The part of a wave that may fail, between 0 and 1. */
    readonly ratio: number
    /** Fewer failures than this do not open it, but in the canary. */
    readonly least: number
  }
  /** A key that a provider holds up for longer counts as failed. */
  readonly stuckAfterMs: number
  /** Who has to agree; absent: nobody. */
  readonly approval?: {
    readonly for: readonly ('break-glass' | 'all')[]
    readonly from: readonly string[]
    readonly withinMs: number
  }
}

/** What holds where the config says nothing. */
export const defaultFleet: FleetRules = {
  sharePerHour: 0.25,
  waves: ['1', '10', '50%', '100%'],
  atOnce: 100,
  breaker: { ratio: 0.1, least: 2 },
  stuckAfterMs: 900_000,
}

export interface KeyConfig {
  readonly name: string
  readonly environment: string
  readonly service: string
  readonly owner: string
  /** Names of the issuer and the consumers, as declared in the config. */
  readonly issuer: string
  readonly consumers: readonly string[]
  readonly targets: readonly ConfiguredTarget[]
  readonly policy: Readonly<Policy>
  /** Overrides the issuer's settle time if it is longer. */
  readonly settleMs?: number
  /** Length of a lease. Longer than any call it covers. */
  readonly leaseMs: number
  /** How often targets are read while nothing is due. */
  readonly lookEveryMs: number
  /** Read-only: Keyrota observes this key and never changes it. */
  readonly observe: boolean
  /** A first key is created by itself when no target holds one. */
  readonly first?: boolean
  /** Only this installation creates keys in the issuer's account. */
  readonly exclusive: boolean
  readonly scopes?: readonly string[]
  /** Requested lifetime of a new key. */
  readonly expiresAfterMs?: number
  /** Keys in the same group never rotate concurrently. */
  readonly group?: string
  /** What a campaign can choose keys by. */
  readonly labels?: Readonly<Record<string, string>>
  readonly window?: RotationWindow
  /** Names of calendars. */
  readonly blackouts?: readonly string[]
  /** What they come to; filled in when the config is opened, since files of calendars change by themselves. */
  readonly closures?: Closures
  /** How its use is watched; absent: it is not. */
  readonly usage?: UsageRules
}

/** Dates of the config, and a file of iCalendar beside them. */
export interface CalendarConfig {
  /** IANA time zone name, for whole days and for times that name none. */
  readonly timeZone: string
  readonly dates: readonly CalendarDates[]
  /** Absolute path. */
  readonly file?: string
  /** The last day that it speaks of; afterwards it cannot tell. */
  readonly validUntil?: string
}

/** Days such as `2026-12-20`, both included, or times such as `2026-12-20T18:00`. */
export interface CalendarDates {
  readonly from: string
  readonly to: string
  /** Again in each later year. */
  readonly yearly: boolean
  readonly reason?: string
}

/** A configured target. Its traits are known only once the store has been created. */
export type ConfiguredTarget = Readonly<Omit<PinnedTarget, 'traits'>>

/** When rotations may start. */
export interface RotationWindow {
  /** Cron expression with five fields: when the window opens. */
  readonly cron: string
  readonly forMs: number
  /** IANA time zone name. */
  readonly timeZone: string
  /** The longest time between two openings. */
  readonly longestGapMs: number
}

/** One problem in a config. Never quotes the offending value. */
export interface ConfigProblem {
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  /** Counted from 1. */
  readonly column: number
  /** E.g. `keys.renderer-prod.targets[0].store`. Empty if the problem concerns the whole file. */
  readonly path: string
  readonly message: string
  readonly expected?: string
  readonly suggestion?: string
}

/** Lists every problem in a config, in the order of the file. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.problems = problems
  }

  /** Returns the problems as text for people: one paragraph each, then their number. */
  format(): string {
    const count = this.problems.length === 1 ? '1 problem' : `${this.problems.length} problems`
    return `${this.problems.map(formatProblem).join('\n')}\n${count} in the config\n`
  }
}

function formatProblem(problem: ConfigProblem): string {
  const { file, line, column, path, message, expected, suggestion } = problem
  const lines = [`${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`]
  if (expected !== undefined) lines.push(`  expected: ${expected}`)
  if (suggestion !== undefined) lines.push(`  did you mean: ${suggestion}`)
  return lines.join('\n')
}
