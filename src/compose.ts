import { writeFile } from 'node:fs/promises'
import packageJson from '../package.json' with { type: 'json' }
import { providers as list } from '../providers/index.ts'
import type { Application, Demo, OpenOptions, SandboxWish } from './cli/application.ts'
import { openInstallation } from './compose/open.ts'
import { findCache, readCached, writeCached } from './config/cache.ts'
import { initConfig } from './config/describe/init-template.ts'
import { readConfigText } from './config/text/read-file.ts'
import { type Config, ConfigError } from './contracts/config.ts'
import { machine } from './machine.ts'
import type { PermissionsOptions } from './permissions/print.ts'
import type { Sandbox } from './sandbox/gateway.ts'
import { ServiceError } from './service/context.ts'
import { findConfigPath } from './state-folder/places.ts'

/** The one place where core, config and providers meet. */
export const application: Application = {
  version: packageJson.version,
  clock: machine.clock,
  open: (options) => openInstallation(options, readConfig),
  openLive: (options) => openInstallation(options, readConfig),
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

async function startSandbox({ tokenFile, caFile, ...options }: SandboxWish) {
  const [{ startSandbox: start }, { FaultError, parseFault }] = await Promise.all([
    import('./sandbox/gateway.ts'),
    import('./sandbox/fault-kinds.ts'),
  ])
  let sandbox: Sandbox | undefined
  try {
    sandbox = await start({ ...options, faults: options.faults.map(parseFault) })
    if (tokenFile) await writeFile(tokenFile, `${sandbox.managementToken}\n`, { flag: 'wx', mode: 0o600 })
    if (caFile) await writeFile(caFile, sandbox.ca ?? '', { flag: 'wx', mode: 0o644 })
    return sandbox
  } catch (error) {
    await sandbox?.close()
    const known = error instanceof FaultError || (error instanceof Error && 'code' in error)
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
  const [{ printPermissions }, { addTeamKeys }] = await Promise.all([
    import('./permissions/print.ts'),
    import('./compose/declared.ts'),
  ])
  const config = await readConfig(options.config)
  return printPermissions(await addTeamKeys(config), list, options)
}
