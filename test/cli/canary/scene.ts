/* Runs commands and collects everything they print, leave behind or expose. */

import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Sandbox, startSandbox } from '../../../src/sandbox/gateway.ts'
import { type Installation, makeInstallation, TOKEN_NAME, valueIn } from '../installation.ts'
import { type PollingConsumer, startConsumer } from '../polling-consumer.ts'
import type { Ended, RunOptions } from '../run-cli.ts'
import { rememberKey } from '../stage.ts'
import { type EchoGateway, startEchoGateway } from './echo-gateway.ts'
import { type People, startPeople } from './people.ts'
import { findLeaks, type Leak, type Secret, type Sink } from './search.ts'
import { readJournal, readJournalFiles, readKept } from './state-sinks.ts'
import { startTokenGateway, type TokenGateway } from './token-gateway.ts'
import { startWatch, type Watch } from './watch.ts'

/** One installation, watched from all sides. */
export interface Scene {
  readonly installation: Installation
  readonly sandbox: Sandbox
  readonly gateway: EchoGateway
  readonly consumer: PollingConsumer
  readonly oldKey: { id: string; value: string }
  readonly watch: Watch
  /** Runs a command and keeps its output. */
  run(args: readonly string[], input?: string, more?: Partial<RunOptions>): Promise<Ended>
  /** Adds a value that must not be found. */
  hide(name: string, value: string): void
  /** All output and leftovers so far, and the values found in them. */
  finish(about?: Finish): Promise<{ sinks: Sink[]; leaks: Leak[] }>
}

export interface Finish {
  /** Call while no rotation runs: replaced values must not be kept anywhere. */
  isOver?: boolean
}

export interface SceneOptions {
  issuer(url: string): object
  cache: string
  config?: { consumers?: Record<string, object>; meters?: Record<string, object>; defaults?: object }
  /** The keys have no id but their value, and the first one is adopted by Keyrota itself. */
  byValue?: boolean
}

/** A value that contains every character some encoding changes, and a random end. */
export function makeValue(kind: string): string {
  return `ck"/+%&<>?=~!@^*|{}-${kind}-${randomBytes(12).toString('hex')}`
}

export async function setScene(options: SceneOptions): Promise<Scene> {
  const token = makeValue('token')
  const sandbox = await startSandbox({
    managementToken: token,
    keys: [{ name: 'first', value: makeValue('old') }],
  })
  const [first] = sandbox.keys
  if (!first) throw new Error('the sandbox made no key')
  const gateway = await startEchoGateway(sandbox.url)
  const tokens = options.byValue ? await startTokenGateway(gateway.url, { admin: token, first }) : undefined
  const consumer = await startConsumer(null)
  const people = await startPeople()
  const installation = makeInstallation({
    config: {
      issuers: { gateway: options.issuer(tokens?.url ?? gateway.url) },
      consumers: { renderer: consumer.setting, ...options.config?.consumers },
      notifiers: { log: { type: 'log' }, ...people.notifiers },
      routes: people.routes,
      heartbeat: people.heartbeat,
      ...(options.config?.meters ? { meters: options.config.meters } : {}),
      defaults: { quietFor: '20ms', ...options.config?.defaults },
    },
    value: first.key,
    env: { [TOKEN_NAME]: token, ...people.env },
    cache: options.cache,
  })
  if (!options.byValue) await rememberKey(installation, first)
  await consumer.begin(installation.envFile)
  const watch = startWatch(installation.folder, (path) => isLeftOut(installation, path))
  return listen({ installation, sandbox, gateway, tokens, consumer, people, watch, token, first })
}

interface Parts {
  installation: Installation
  sandbox: Sandbox
  gateway: EchoGateway
  tokens: TokenGateway | undefined
  consumer: PollingConsumer
  people: People
  watch: Watch
  token: string
  first: { id: string; key: string }
}

function listen(parts: Parts): Scene {
  const { installation, sandbox, gateway, tokens, consumer, people, watch, token, first } = parts
  const said: Sink[] = []
  const secrets: Secret[] = [{ name: 'old key', value: first.key }]

  async function run(args: readonly string[], input?: string, more?: Partial<RunOptions>): Promise<Ended> {
    const ended = await installation.run(args, {
      ...more,
      ...(input === undefined ? {} : { input }),
      started: ({ pid }) => pid !== undefined && watch.follow(pid),
    })
    const words = args.join(' ')
    said.push({ name: `standard output of ${words}`, bytes: Buffer.from(ended.stdout) })
    said.push({ name: `standard error of ${words}`, bytes: Buffer.from(ended.stderr) })
    return ended
  }

  async function finish({ isOver = false }: Finish = {}): Promise<{ sinks: Sink[]; leaks: Leak[] }> {
    const kept = isOver ? readKept(installation) : []
    const files = readJournalFiles(installation)
    const sinks = [
      ...said,
      ...watch.stop(),
      ...files,
      ...readJournal(installation),
      ...kept,
      ...people.sinks(),
    ]
    const present = valueIn(readSafeText(installation.envFile))
    const keys = [
      ...secrets,
      ...[...gateway.made].map((value) => ({ name: 'made key', value })),
      ...(present.length < 16 ? [] : [{ name: 'present key', value: present }]),
    ]
    const elsewhere = sinks.filter(({ name }) => name !== 'environment of ours')
    const leaks = [
      ...findLeaks(sinks, keys),
      ...findLeaks(elsewhere, [{ name: 'token', value: token }, ...people.secrets]),
    ]
    await people.close()
    await consumer.close()
    await tokens?.close()
    await gateway.close()
    await sandbox.close()
    installation.remove()
    return { sinks, leaks }
  }

  return {
    installation,
    sandbox,
    gateway,
    consumer,
    watch,
    oldKey: { id: first.id, value: first.key },
    run,
    hide: (name, value) => void secrets.push({ name, value }),
    finish,
  }
}

function readSafeText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // A fault of the store may have removed the file.
    return ''
  }
}

/**
 * The target itself, its replacement while a write runs, and the one file that keeps the value that was replaced. The
 * journal's own files are looked at in the end.
 */
function isLeftOut(installation: Installation, path: string): boolean {
  const { envFile, state } = installation
  if (path === envFile || path.startsWith(`${envFile}.keyrota-`)) return true
  if (path.startsWith(join(state, 'journal.sqlite'))) return true
  return path.startsWith(join(state, 'env-file')) && /^[0-9a-f]{32}\.json(\.tmp)?$/.test(basename(path))
}

/** Keeps the journal open, so that no command merges the write-ahead log into the file on exit. */
export function holdJournalOpen(installation: Installation): { close(): void } {
  const database = new DatabaseSync(join(installation.state, 'journal.sqlite'))
  database.exec('BEGIN; SELECT count(*) FROM sqlite_master')
  return database
}

/** A program for a consumer `command`, which also records its arguments and environment. */
export function writeProgram(folder: string): string {
  const path = join(folder, 'consumer.sh')
  writeFileSync(path, `#!/bin/sh\ncat /proc/$$/environ /proc/$$/cmdline > "$HOME/started-$$"\nsleep 0.03\n`, {
    mode: 0o755,
  })
  return path
}
