import { dirname, resolve } from 'node:path'
import { type Config, ConfigError, type ConfigProblem } from '../contracts/config.ts'
import type { ProviderList } from '../contracts/provider-entry.ts'
import { type Environment, findStateFolder } from '../state-folder/places.ts'
import { checkBlackouts, resolveCalendars } from './check/check-blackouts.ts'
import { checkKeys, resolveKeys } from './check/check-keys.ts'
import { checkTeams } from './check/check-teams.ts'
import { checkNotify, resolveHeartbeat, resolveNotify } from './check/notify.ts'
import { type ReadSettings, readSettings } from './check/read-settings.ts'
import { resolveFleet } from './check/resolve-fleet.ts'
import type { SecretFolders } from './check/resolve-key.ts'
import { type Finding, judge } from './schema/judge.ts'
import { salvage } from './schema/salvage.ts'
import { configSchema } from './schema/schema.ts'
import { formatPath } from './text/path.ts'
import { readConfigText, requireLength } from './text/read-file.ts'
import { readSource, type Source } from './text/source.ts'

export interface LoadRequest {
  path: string
  /** The text of the config, if it has already been read. */
  text?: string
  providers: ProviderList
  env: Environment
}

/**
 * Reads a config and checks all of it: by the core's schema, by each provider's schema for its options, and for
 * everything that must fit together. Creates no provider and calls nothing outside.
 * @throws ConfigError with all problems, in the order of the file
 */
export async function loadConfig(request: LoadRequest): Promise<Config> {
  const { path, providers, env } = request
  const source = readSource(await readText(request))
  if (source.data === undefined) throw toError(path, source, [])
  const core = judge(configSchema, source.data, [])
  const sound = core.isRight ? core.value : salvage(source.data)
  const configFolder = dirname(resolve(path))
  const settings = await readSettings(sound, providers, configFolder)
  const folders = findSecretFolders(settings, configFolder)
  const findings = [
    ...settings.findings,
    ...checkKeys(sound, source.data, settings, folders),
    ...checkTeams(sound, settings),
    ...(await checkBlackouts(sound, source.data)),
    ...checkNotify(sound, source.data, settings.notifierModules),
  ]
  if (!core.isRight) throw toError(path, source, [...core.findings, ...findings])
  const { issuers, stores, consumers, notifiers, meters, receivers, journal } = settings
  if (findings.length > 0 || source.problems.length > 0 || journal === undefined)
    throw toError(path, source, findings)
  const { installation, stateFolder, limits, fleet, kubernetes, defaults } = core.value
  return {
    file: resolve(path),
    installation,
    stateFolder: findStateFolder({ env, configFolder, installation, configured: stateFolder }),
    ...{ issuers, stores, consumers, notifiers, meters, receivers, journal },
    limits,
    ...resolveCalendars(core.value.calendars, configFolder),
    notify: resolveNotify(core.value, settings.notifierModules),
    ...resolveHeartbeat(core.value, configFolder),
    fleet: resolveFleet(fleet),
    keys: resolveKeys(core.value, folders),
    ...(kubernetes && kubernetes.teams.length > 0 ? { teams: { grants: kubernetes.teams, defaults } } : {}),
  }
}

async function readText({ path, text }: LoadRequest): Promise<string> {
  if (text === undefined) return await readConfigText(path)
  requireLength(path, Buffer.byteLength(text))
  return text
}

/** The folders that the paths of file stores are relative to: the store's own `folder`, relative to the config. */
function findSecretFolders(settings: ReadSettings, configFolder: string): SecretFolders {
  const folders = new Map<string, string>()
  for (const [name, { secretIs }] of settings.addressRules) {
    const options: { folder?: unknown } = Object(settings.stores[name]?.options)
    const folder = typeof options.folder === 'string' ? options.folder : '.'
    if (secretIs === 'file') folders.set(name, resolve(configFolder, folder))
  }
  return folders
}

/** All problems, each once. A place that the problems of the text already cover is not reported again. */
function toError(file: string, source: Source, findings: readonly Finding[]): ConfigError {
  const problems: ConfigProblem[] = source.problems.map(({ line, column, message, expected }) => ({
    ...{ file, line, column, path: '', message },
    ...(expected !== undefined && { expected }),
  }))
  for (const { path, message, expected, suggestion, atName } of findings) {
    if (source.isSpoilt(path)) continue
    const place = source.placeOf(path, atName ? 'name' : 'value')
    problems.push({
      ...{ file, ...place, path: formatPath(path), message },
      ...(expected !== undefined && { expected }),
      ...(suggestion !== undefined && { suggestion }),
    })
  }
  const once = new Map(problems.map((problem) => [JSON.stringify(problem), problem]))
  return new ConfigError([...once.values()].toSorted((a, b) => a.line - b.line || a.column - b.column))
}
