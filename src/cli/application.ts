/* What the command line needs from the rest of the program. `compose.ts` provides it. */

import type { Clock } from '../contracts/clock.ts'
import type { NotifyEvent } from '../contracts/notifier.ts'
import type { Watcher } from '../engine/context.ts'
import type { Context } from '../service/context.ts'
import type { LiveSource } from '../service/serve/source.ts'

export interface OpenOptions {
  /** From `--config`. Default: `KEYROTA_CONFIG`, then `keyrota.yaml` in the current folder. */
  config?: string
  /** How long this process keeps working before it leaves the rest to the next run, in milliseconds. */
  waitMs: number
  stop: AbortSignal
  /** Environment variables that locate config and state. Default: the environment of this process. */
  env?: Readonly<Record<string, string | undefined>>
  watch?: Watcher
  /** Shows what a notifier would print on the terminal that this command uses. */
  show?: (event: NotifyEvent) => void
}

/** A loaded config with an open journal and providers ready to be created. */
export interface Opened {
  context: Context
  /** Absolute path of the config. */
  file: string
  /** Where the journal is, as text for people. */
  journalPlace: string
  /** Waits for pending events, then closes the providers and the journal. */
  close(): Promise<void>
}

/** An installation that takes a changed config while the process runs. */
export interface LiveOpened extends Opened, LiveSource {
  /** By the config as it is now. */
  readonly context: Context
}

export interface RunningSandbox {
  readonly url: string
  readonly dashboardUrl: string
  readonly adminUrl: string
  readonly managementToken: string
  close(): Promise<void>
}

/** The demo. It builds on the command line, so `compose.ts` injects it. */
export interface Demo {
  /** Returns the exit code. */
  run(application: Application): Promise<number>
  /** Runs the workload of the demo until it receives a stop message or its parent exits. */
  runConsumer(options: { envFile: string; field: string; gateway: string }): Promise<void>
}

export interface SandboxWish {
  /** Default: 127.0.0.1. */
  host?: string
  port: number
  faults: readonly string[]
  tokenFile?: string
  /** Names of the certificate besides those of the loopback interface; absent for plain http. */
  tlsNames?: readonly string[]
  /** Where to write the certificate to trust. */
  caFile?: string
}

/** Keeps the command line independent of the providers, the config reader and the demo. */
export interface Application {
  version: string
  clock: Clock
  /** @throws ConfigError that lists every problem in the file. */
  open(options: OpenOptions): Promise<Opened>
  /** The same, for a process that stays. @throws ConfigError */
  openLive(options: OpenOptions): Promise<LiveOpened>
  /** Names of the keys in the config; none if it cannot be read. For shell completion. */
  keyNames(options: { config?: string | undefined }): Promise<readonly string[]>
  /** A commented config for a new installation. */
  initConfig(): string
  makeJsonSchema(): Promise<object>
  /** @throws ServiceError `refused` if a fault is unknown, it cannot listen so, or a file to write exists. */
  startSandbox(options: SandboxWish): Promise<RunningSandbox>
  /** The faults the sandbox can inject, one line each: name and effect. */
  describeFaults(): Promise<readonly string[]>
  loadDemo(): Promise<Demo>
  /** The least-privilege policies of a config: one for each store of a cloud, and one for all that is in a cluster. */
  permissions(options: {
    config?: string
    role: 'keyrota' | 'reader'
    /** Only what is in this namespace of a cluster. */
    namespace?: string
  }): Promise<{ store: string; type: string; policy: string }[]>
}
