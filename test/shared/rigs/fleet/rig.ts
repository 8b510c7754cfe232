/* Many keys of one gateway on this machine, for commands that rotate all of them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { application } from '../../../../src/compose.ts'
import { type Sandbox, startSandbox } from '../../../../src/sandbox/gateway.ts'
import { resume } from '../../../../src/service/resume.ts'
import { run } from '../../../../src/service/run.ts'
import { sandboxIssuer } from '../../../cli/installation.ts'
import { type Ended, type RunOptions, runCli } from '../../../cli/run-cli.ts'

export interface FleetOnDisk {
  readonly gateway: Sandbox
  readonly folder: string
  readonly config: string
  /** The values that the keys had at first. */
  readonly oldValues: readonly string[]
  run(args: readonly string[], options?: Partial<RunOptions>): Promise<Ended>
  /** What the places of all keys hold now. */
  held(): Promise<string[]>
  live(): number
  close(): Promise<void>
}

/** Where the keys lie. */
export interface Placing {
  /** The section of the config. */
  readonly stores: object
  targets(at: number): object[]
  held(): Promise<string[]>
}

export interface FleetOptions {
  /** Puts the values somewhere; by default each in an env file of its own. */
  place?: (values: readonly string[]) => Promise<Placing>
  /** Between Keyrota and the gateway. */
  reach?: (gateway: string) => Promise<string>
  /** Asked for once the keys are placed. */
  env?: () => Readonly<Record<string, string>>
  /** Parts of the config that differ from the usual ones. */
  config?: object
  defaults?: object
  key?: (at: number) => object
  issuer?: object
}

const quick = {
  every: '90d',
  overlap: '0s',
  confirmations: 1,
  callLimit: '5s',
  lease: '10s',
  readyLimit: '10s',
  giveUp: '30s',
  retryMin: '10ms',
  retryMax: '100ms',
  quietFor: '1ms',
}

/** So many keys, each in an env file of its own. */
export async function makeFleetOnDisk(count: number, options: FleetOptions = {}): Promise<FleetOnDisk> {
  const folder = mkdtempSync(join(tmpdir(), 'keyrota-fleet-'))
  const names = Array.from({ length: count }, (_, at) => `key-${at}`)
  const gateway = await startSandbox({ keys: names.map((name) => ({ name })) })
  const oldValues = gateway.keys.map(({ key }) => key)
  const placing = await (options.place ?? placeInFiles(folder))(oldValues)
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, gateway.managementToken, { mode: 0o600 })
  const auth = { auth: { management: { bearer: { file: tokenFile } } } }
  const keys = names.map((name, at) => [
    name,
    {
      ...{
        environment: 'production',
        service: 'renderer',
        owner: at % 2 === 0 ? 'video' : 'audio',
        issuer: 'gateway',
      },
      targets: placing.targets(at),
      ...options.key?.(at),
    },
  ])
  const config = join(folder, 'keyrota.yaml')
  const document = {
    installation: 'k7f3',
    stateFolder: join(folder, 'state'),
    issuers: {
      gateway: {
        ...sandboxIssuer(await (options.reach?.(gateway.url) ?? gateway.url)),
        ...auth,
        ...options.issuer,
      },
    },
    stores: placing.stores,
    notifiers: { log: { type: 'log' } },
    defaults: { ...quick, ...options.defaults },
    ...options.config,
    keys: Object.fromEntries(keys),
  }
  writeFileSync(config, JSON.stringify(document))
  const env = {
    ...{ PATH: process.env.PATH ?? '', HOME: folder, TMPDIR: folder },
    KEYROTA_PERSON: 'ada',
    ...options.env?.(),
  }
  await adopt(config, new Map(names.map((name, at) => [name, gateway.keys[at]?.id ?? ''])))
  return {
    ...{ gateway, folder, config, oldValues },
    run: (args, { env: more, ...rest } = {}) =>
      runCli(args, { cwd: folder, env: { ...env, ...more }, limitMs: 60_000, ...rest }),
    held: placing.held,
    live: () => gateway.listKeys().filter(({ state }) => state === 'active').length,
    close: async () => {
      await gateway.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function placeInFiles(folder: string): NonNullable<FleetOptions['place']> {
  return async (values) => {
    const file = (at: number) => join(folder, `key-${at}.env`)
    for (const [at, value] of values.entries()) writeFileSync(file(at), `KEY=${value}\n`, { mode: 0o600 })
    return {
      stores: { dotenv: { type: 'env-file' } },
      targets: (at) => [{ store: 'dotenv', secret: file(at), field: 'KEY' }],
      held: async () => values.map((_, at) => /^KEY=(.*)$/m.exec(readFileSync(file(at), 'utf8'))?.[1] ?? ''),
    }
  }
}

/** The gateway does not reveal which key a value belongs to, so a person names the ids. */
async function adopt(config: string, ids: ReadonlyMap<string, string>): Promise<void> {
  const opened = await application.open({ config, waitMs: 60_000, stop: new AbortController().signal })
  try {
    await run(opened.context)
    for (const [key, id] of ids) await resume(opened.context, key, [`id:${id}`])
  } finally {
    await opened.close()
  }
}

/** The events that a command printed with `--json`. */
export function eventsIn({ stdout }: Ended): { event: string; [field: string]: unknown }[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
