import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import packageJson from '../package.json' with { type: 'json' }
import { providers as list } from '../providers/index.ts'
import type { Application, Demo, Opened, OpenOptions, SandboxWish } from './cli/application.ts'
import { addConfig } from './cli/own-commands.ts'
import { findCache, readCached, writeCached } from './config/cache.ts'
import { initConfig } from './config/describe/init-template.ts'
import { readConfigText } from './config/text/read-file.ts'
import type { TimedContext } from './contracts/call.ts'
import { type Config, ConfigError, type ProviderSetting } from './contracts/config.ts'
import type { NotifyEvent } from './contracts/notifier.ts'
import type { Made, ProviderEntry, ProviderKind } from './contracts/provider-entry.ts'
import type { Providers } from './engine/context.ts'
import { machine } from './machine.ts'
import type { PermissionsOptions } from './permissions/print.ts'
import { nameProcess } from './process-identity.ts'
import type { Sandbox } from './sandbox/gateway.ts'
import { ServiceError } from './service/context.ts'
import { createSummarize } from './service/summarize.ts'
import { makeStateFolder } from './state-folder/make-folder.ts'
import { findConfigPath } from './state-folder/places.ts'

/** Events under way are waited for this long when a command ends. */
const TELL_LIMIT_MS = 5_000

/** The one place where core, config and providers meet. */
export const application: Application = {
  version: packageJson.version,
  clock: machine.clock,
  open,
  keyNames,
  initConfig: () => initConfig({ installation: machine.random(4) }),
  makeJsonSchema: async () => (await import('./config/describe/json-schema.ts')).makeJsonSchema(list),
  startSandbox,
  describeFaults,
  loadDemo,
  permissions,
}

/** YAML, the schema library and the schemas are loaded only for a config that is not cached. */
async function readConfig(asked: string | undefined, env: OpenOptions['env'] = process.env): Promise<Config> {
  const path = findConfigPath({ asked, env })
  const source = { path, env, text: await readConfigText(path) }
  const cache = findCache(env, import.meta.filename)
  const cached = cache && readCached(cache, source)
  if (cached) return cached
  const { loadConfig } = await import('./config/load.ts')
  const config = await loadConfig({ ...source, providers: list })
  if (cache) writeCached(cache, source, config)
  return config
}

/** A config that cannot be read completes nothing; every other command says why. */
async function keyNames(options: { config?: string | undefined }): Promise<string[]> {
  try {
    return Object.keys((await readConfig(options.config)).keys)
  } catch (error) {
    if (error instanceof ConfigError) return []
    throw error
  }
}

async function open(options: OpenOptions): Promise<Opened> {
  const config = await readConfig(options.config, options.env)
  await makeStateFolder(config)
  const keys = new Map(Object.entries(config.keys))
  const summarize = createSummarize((name) => keys.get(name))
  const { make: makeJournal } = await loadProvider('journals', config.journal)
  const journal = await makeJournal(config.journal.options as never, {
    ...contextOf(config, 'journal'),
    summarize,
  })
  const made = makeProviders(config, options)
  return {
    file: config.file,
    journalPlace:
      config.journal.type === 'sqlite' ? join(config.stateFolder, 'journal.sqlite') : config.journal.type,
    context: {
      installation: config.installation,
      keys,
      limits: config.limits,
      journal,
      providers: made.providers,
      holder: nameProcess(),
      waitMs: options.waitMs,
      stop: options.stop,
      ...machine,
      ...(options.watch ? { watch: options.watch } : {}),
    },
    close: async () => {
      await made.close()
      await journal.close()
    },
  }
}

/** Providers by the names of the config, each made at its first use; a config with one store loads one SDK. */
function makeProviders(
  config: Config,
  { show, config: asked }: Pick<OpenOptions, 'show' | 'config'>,
): { providers: Providers; close(): Promise<void> } {
  const made = new Map<string, Promise<{ close?(): Promise<void> }>>()
  const telling = new Set<Promise<void>>()
  const get = <K extends Exclude<ProviderKind, 'journals'>>(
    kind: K,
    settings: Config['stores'],
    name: string,
  ): Promise<Made[K]> => {
    const place = `${kind}/${name}`
    const setting = settings[name]
    if (!setting)
      throw new ServiceError(
        'refused',
        `the config has no ${kind} named ${name} any more`,
        'Put it back, or confirm that it is gone.',
      )
    const known = made.get(place) ?? make(config, kind, name, setting)
    made.set(place, known as Promise<{ close?(): Promise<void> }>)
    return known as Promise<Made[K]>
  }
  const tellOne = async (name: string, event: NotifyEvent): Promise<void> => {
    // Lines of JSON would land between the lines of a dialogue.
    if (show && config.notifiers[name]?.type === 'log') return show(event)
    try {
      const notifier = await get('notifiers', config.notifiers, name)
      await notifier.notify(event)
    } catch {
      // Every event is in the trail as well; a rotation neither waits for a notifier nor fails with it.
    }
  }
  const tell = (plain: NotifyEvent): void => {
    const { command } = plain
    const event = command === undefined ? plain : { ...plain, command: addConfig(command, asked) }
    for (const name of Object.keys(config.notifiers)) {
      const told = tellOne(name, event)
      telling.add(told)
      void told.then(() => telling.delete(told))
    }
  }
  return {
    providers: {
      issuer: (name) => get('issuers', config.issuers, name),
      store: (name) => get('stores', config.stores, name),
      consumer: (name) => get('consumers', config.consumers, name),
      tell,
    },
    close: async () => {
      const ended = new AbortController()
      await Promise.race([Promise.all(telling), machine.clock.sleep(TELL_LIMIT_MS, ended.signal)])
      ended.abort()
      for (const provider of await Promise.allSettled(made.values())) {
        if (provider.status === 'fulfilled') await provider.value.close?.()
      }
    },
  }
}

async function make<K extends Exclude<ProviderKind, 'journals'>>(
  config: Config,
  kind: K,
  name: string,
  setting: ProviderSetting,
): Promise<Made[K]> {
  const { make: makeOne } = await loadProvider(kind, setting)
  return makeOne(setting.options as never, contextOf(config, name))
}

function loadProvider<K extends ProviderKind>(
  kind: K,
  { type }: ProviderSetting,
): ReturnType<ProviderEntry<K>['load']> {
  const entry = list[kind][type]
  if (!entry)
    throw new ServiceError('refused', `there is no provider ${type} of ${kind}`, 'Run: keyrota check')
  return entry.load()
}

function contextOf({ stateFolder }: Config, name: string): TimedContext {
  return { name, stateFolder, ...machine }
}

async function startSandbox({ tokenFile, caFile, ...options }: SandboxWish) {
  const [{ startSandbox: start }, { FaultError, parseFault }, { NameError }] = await Promise.all([
    import('./sandbox/gateway.ts'),
    import('./sandbox/fault-kinds.ts'),
    import('./sandbox/certificate.ts'),
  ])
  let sandbox: Sandbox | undefined
  try {
    sandbox = await start({ ...options, faults: options.faults.map(parseFault) })
    if (tokenFile) await writeFile(tokenFile, `${sandbox.managementToken}\n`, { flag: 'wx', mode: 0o600 })
    if (caFile) await writeFile(caFile, sandbox.ca ?? '', { flag: 'wx', mode: 0o644 })
    return sandbox
  } catch (error) {
    await sandbox?.close()
    const known =
      error instanceof FaultError || error instanceof NameError || (error instanceof Error && 'code' in error)
    if (!known) throw error
    throw new ServiceError(
      'refused',
      `the sandbox did not start: ${error.message}`,
      'See: keyrota sandbox --help',
    )
  }
}

async function loadDemo(): Promise<Demo> {
  const [{ runDemo }, { runConsumer }] = await Promise.all([
    import('./demo/run-demo.ts'),
    import('./demo/consumer.ts'),
  ])
  return { run: runDemo, runConsumer }
}

async function describeFaults(): Promise<string[]> {
  const { faultKinds } = await import('./sandbox/fault-kinds.ts')
  return faultKinds.map(
    (fault) =>
      `${fault.kind.padEnd(16)} ${fault.does}${fault.fields.length > 0 ? ` (${fault.fields.join(', ')})` : ''}`,
  )
}

async function permissions(options: PermissionsOptions) {
  const { printPermissions } = await import('./permissions/print.ts')
  return printPermissions(await readConfig(options.config), list, options)
}
