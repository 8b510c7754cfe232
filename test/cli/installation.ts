/* One installation of Keyrota on disk, for tests that run real commands. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ended, type RunOptions, runCli } from './run-cli.ts'

/** A lease that a killed process leaves behind and a quiet time that are soon over. Too short for a busy machine's calls. */
export const SHORT_LEASE = { callLimit: '2s', lease: '2100ms' } as const

/** Pauses of a fraction of a second, to keep the tests fast; limits that a busy machine does not reach. */
const quick = {
  every: '90d',
  overlap: '0s',
  confirmations: 1,
  callLimit: '2s',
  lease: '5s',
  readyLimit: '10s',
  giveUp: '20s',
  retryMin: '10ms',
  retryMax: '60ms',
} as const

export const KEY = 'renderer-prod'
export const FIELD = 'PPT_API_KEY'
export const TOKEN_NAME = 'GATEWAY_TOKEN'

/** One Keyrota on this machine: a folder with a config, an env file and a state folder, and an environment. */
export interface Installation {
  readonly folder: string
  readonly envFile: string
  readonly config: string
  readonly state: string
  readonly env: Readonly<Record<string, string>>
  run(args: readonly string[], options?: Partial<RunOptions>): Promise<Ended>
  remove(): void
}

export interface InstallationOptions {
  /** Its id, where several share an account at an issuer. */
  installation?: string
  /** Sections of the config in addition to `stateFolder`, `installation` and the env file's store. */
  config: {
    issuers: Record<string, object>
    consumers?: Record<string, object>
    notifiers?: Record<string, object>
    meters?: Record<string, object>
    routes?: readonly object[]
    heartbeat?: object
    defaults?: object
    key?: object
  }
  /** The key's value in the env file. */
  value: string
  env?: Readonly<Record<string, string>>
  /** Where compiled code is kept between processes. */
  cache?: string
}

/** Creates the folder and writes config and env file. The env file has lines around the key that must survive. */
export function makeInstallation(options: InstallationOptions): Installation {
  const folder = mkdtempSync(join(tmpdir(), 'keyrota-cli-'))
  const envFile = join(folder, '.env')
  const config = join(folder, 'keyrota.yaml')
  const state = join(folder, 'state')
  const { key, issuers, consumers = {}, notifiers = {}, defaults, ...others } = options.config
  const [issuer] = Object.keys(issuers)
  const document = {
    installation: options.installation ?? 'k7f3',
    stateFolder: state,
    issuers,
    stores: { dotenv: { type: 'env-file' } },
    consumers,
    notifiers,
    ...others,
    defaults: { ...quick, ...defaults },
    keys: {
      [KEY]: {
        environment: 'production',
        service: 'renderer',
        owner: 'video-team',
        issuer,
        targets: [{ store: 'dotenv', secret: envFile, field: FIELD }],
        consumers: Object.keys(consumers),
        ...key,
      },
    },
  }
  // Every JSON text is YAML.
  writeFileSync(config, JSON.stringify(document, null, 2))
  writeFileSync(envFile, textWith(options.value), { mode: 0o600 })
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    TMPDIR: folder,
    ...(options.cache ? { NODE_COMPILE_CACHE: options.cache } : {}),
    ...options.env,
  }
  return {
    folder,
    envFile,
    config,
    state,
    env,
    run: (args, more) => runCli(args, { cwd: folder, env, ...more }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The text of the env file with this value. */
export function textWith(value: string): string {
  return `# first line\nOTHER="kept"\n${FIELD}=${quote(value)}\nLAST=1\n`
}

function quote(value: string): string {
  if (/^[\w.~-]*$/.test(value)) return value
  return value.includes("'") ? `\`${value}\`` : `'${value}'`
}

/** The value in an env file's text. */
export function valueIn(text: string): string {
  const written = new RegExp(`^${FIELD}=(.*)$`, 'm').exec(text)?.[1] ?? ''
  const [mark = ''] = written
  return /["'`]/.test(mark) && written.endsWith(mark) ? written.slice(1, -1) : written
}

/** Config of an issuer `http` for the key API of a sandbox. */
export function sandboxIssuer(url: string): object {
  return {
    type: 'http',
    base: url,
    auth: { management: { bearer: { env: TOKEN_NAME } } },
    create: {
      request: 'POST /v1/keys',
      json: { name: '{{ name }}' },
      id: '$.id',
      parts: { value: '$.key' },
      createdAt: '$.created_at',
    },
    list: {
      request: 'GET /v1/keys?limit=100',
      items: '$.data[*]',
      id: '$.id',
      name: '$.name',
      createdAt: '$.created_at',
      disabled: { path: '$.disabled' },
      paginate: { kind: 'cursor', param: 'cursor', from: '$.next_cursor' },
    },
    disable: { request: 'POST /v1/keys/{{ id }}/disable' },
    enable: { request: 'POST /v1/keys/{{ id }}/enable' },
    revoke: { request: 'DELETE /v1/keys/{{ id }}' },
    probe: {
      request: 'POST /api/v1/generation/google/veo-3.1',
      json: { prompt: [] },
      accepted: 422,
      rejected: 401,
    },
    settle: '20ms',
  }
}

/** Config of an issuer `ppt-video` for a sandbox. */
export function dashboardIssuer(url: string): object {
  return { type: 'ppt-video', account: 'studio', base: url, dashboard: `${url}/dashboard`, settle: '20ms' }
}
