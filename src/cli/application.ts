import type { Clock } from '../contracts/clock.ts'
import type { Watcher } from '../engine/context.ts'
import type { Context } from '../service/context.ts'

export interface OpenOptions {
  /** From `--config`; else the environment, else the file in this folder. */
  config?: string
  /** How long this process waits for short things, in milliseconds. */
  waitMs: number
  stop: AbortSignal
  /** What config and state are found by beside that; the environment of this process when absent. */
  env?: Readonly<Record<string, string | undefined>>
  watch?: Watcher
}

/** A config that was read, with its journal open and its providers ready to be made. */
export interface Opened {
  context: Context
  /** Absolute path of the config. */
  file: string
  /** Where the journal is, for people. */
  journalPlace: string
  /** Waits for events under way, closes providers and journal. */
  close(): Promise<void>
}

export interface RunningSandbox {
  readonly url: string
  readonly dashboardUrl: string
  readonly adminUrl: string
  readonly managementToken: string
  close(): Promise<void>
}

/** What the command line is handed by the composition; it knows no provider and no config reader. */
export interface Application {
  version: string
  clock: Clock
  /** @throws ConfigError with every problem of the file at once. */
  open(options: OpenOptions): Promise<Opened>
  /** A commented config for a new installation. */
  initConfig(): string
  makeJsonSchema(): Promise<object>
  /** @throws ServiceError `refused` for a fault that is none, a port in use, a token file that exists. */
  startSandbox(options: {
    port: number
    faults: readonly string[]
    tokenFile?: string
  }): Promise<RunningSandbox>
  /** Names of the faults that the sandbox can be given, with what they do. */
  describeFaults(): Promise<readonly string[]>
  /** Least policies for what the config names. */
  permissions(options: {
    config?: string
    role: 'keyrota' | 'reader'
  }): Promise<{ store: string; type: string; policy: string }[]>
}
