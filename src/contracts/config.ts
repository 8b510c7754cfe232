/* The config as the rest of the program sees it, and the error that lists what is wrong with it. */

import type { PinnedTarget, Policy } from './record.ts'

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
  /** Who may report leaked values to `serve`. */
  readonly receivers: Readonly<Record<string, ProviderSetting>>
  readonly journal: ProviderSetting
  readonly limits: RotationLimits
  readonly keys: Readonly<Record<string, KeyConfig>>
  /** What is opened to keys that teams declare as objects in Kubernetes; absent: nothing. */
  readonly teams?: TeamRules
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
}

export interface RotationLimits {
  /** Rotations that run concurrently. */
  readonly atOnce: number
  /** Rotations that one `keyrota run` starts. */
  readonly perRun: number
  /** Rotations that may start within 24 hours. */
  readonly perDay: number
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
  readonly window?: RotationWindow
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
