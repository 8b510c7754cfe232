import type { PinnedTarget, Policy } from './record.ts'

/** A config that was read, checked as a whole and resolved: no default is left to fill in. Durations in milliseconds. */
export interface Config {
  /** Absolute path of the file. */
  readonly file: string
  /** Stands in every mark; two installations on one account never touch each other's keys. */
  readonly installation: string
  /** Absolute path; holds the journal and what a store keeps on this machine. */
  readonly stateFolder: string
  readonly issuers: Readonly<Record<string, ProviderSetting>>
  readonly stores: Readonly<Record<string, ProviderSetting>>
  readonly consumers: Readonly<Record<string, ProviderSetting>>
  readonly notifiers: Readonly<Record<string, ProviderSetting>>
  readonly journal: ProviderSetting
  readonly limits: RotationLimits
  readonly keys: Readonly<Record<string, KeyConfig>>
}

/** A provider as the config names it: its type in the provider list, and options its own schema has checked. */
export interface ProviderSetting {
  readonly type: string
  readonly options: unknown
}

export interface RotationLimits {
  /** Rotations that run at the same time. */
  readonly atOnce: number
  /** Rotations that one `run` starts. */
  readonly perRun: number
  /** Rotations started within 24 hours. */
  readonly perDay: number
}

export interface KeyConfig {
  readonly name: string
  readonly environment: string
  readonly service: string
  readonly owner: string
  /** Names that the config declares. */
  readonly issuer: string
  readonly consumers: readonly string[]
  readonly targets: readonly ConfiguredTarget[]
  readonly policy: Readonly<Policy>
  /** How long a new key may still be refused: counts where it is longer than the issuer's own settle time. */
  readonly settleMs?: number
  /** Length of a claim's lease; longer than any call it covers. */
  readonly leaseMs: number
  /** Only looks: nothing of this key is ever changed. */
  readonly observe: boolean
  /** Nobody but this installation makes keys at the issuer's account. */
  readonly exclusive: boolean
  readonly scopes?: readonly string[]
  /** How long a new key is asked to live at the issuer. */
  readonly expiresAfterMs?: number
  /** Keys of one group never rotate at the same time. */
  readonly group?: string
  readonly window?: RotationWindow
}

/** A target as the config says it: what the store can do is known only once the store is made. */
export type ConfiguredTarget = Readonly<Omit<PinnedTarget, 'traits'>>

/** When rotations may start. */
export interface RotationWindow {
  /** Five fields; tells when the window opens. */
  readonly cron: string
  readonly forMs: number
  /** IANA name. */
  readonly timeZone: string
  /** Longest time between two openings. */
  readonly longestGapMs: number
}

/** One thing that is wrong with a config, without the value that stands there. */
export interface ConfigProblem {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
  /** Such as `keys.renderer-prod.targets[0].store`; empty for the file as a whole. */
  readonly path: string
  readonly message: string
  readonly expected?: string
  readonly suggestion?: string
}

/** Everything that is wrong with a config, in the order of the file. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.problems = problems
  }

  /** The problems for people: one paragraph each, and how many there are. */
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
