/** Opens an installation: its config, its journal and its providers; and takes a changed config while the process runs. */
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { LiveOpened, OpenOptions } from '../cli/application.ts'
import { watchConfigFile } from '../config/watch-file.ts'
import { type Config, ConfigError, type KeyConfig } from '../contracts/config.ts'
import { machine } from '../machine.ts'
import { nameProcess } from '../process-identity.ts'
import type { Reloaded } from '../service/serve/source.ts'
import { createSummarize } from '../service/summarize.ts'
import { makeStateFolder } from '../state-folder/make-folder.ts'
import { contextOf, loadProvider, MadeProviders } from './providers.ts'

type ReadConfig = (asked: string | undefined, env: OpenOptions['env']) => Promise<Config>

/** What a config comes to in this process. */
interface Present {
  config: Config
  keys: ReadonlyMap<string, KeyConfig>
  made: MadeProviders
}

/** @throws ConfigError that lists every problem in the file */
export async function openInstallation(options: OpenOptions, readConfig: ReadConfig): Promise<LiveOpened> {
  const read = () => readConfig(options.config, options.env)
  const about = { asked: options.config, show: options.show }
  let present = presentOf(await read(), (config) => new MadeProviders(config, about))
  const { config } = present
  await makeStateFolder(config)
  const { make: makeJournal } = await loadProvider('journals', config.journal)
  const journal = await makeJournal(config.journal.options as never, {
    ...contextOf(config, 'journal'),
    summarize: createSummarize((name) => present.keys.get(name)),
  })
  const always = {
    journal,
    holder: nameProcess(),
    waitMs: options.waitMs,
    stop: options.stop,
    ...machine,
    ...(options.watch ? { watch: options.watch } : {}),
  }
  return {
    file: config.file,
    journalPlace:
      config.journal.type === 'sqlite' ? join(config.stateFolder, 'journal.sqlite') : config.journal.type,
    get context() {
      const { keys, made } = present
      const { installation, limits } = present.config
      return { ...always, installation, limits, keys, providers: made.providers }
    },
    reload: async () => {
      const next = await readNext(present.config, read)
      if ('is' in next) return next
      const before = present
      present = presentOf(next.config, (changed) => new MadeProviders(changed, about, before.made))
      return { is: 'taken', summary: describeChange(before, present), close: () => before.made.close() }
    },
    watchConfig: (changed, signal) =>
      watchConfigFile({ path: config.file, clock: machine.clock }, changed, signal),
    close: async () => {
      await present.made.close()
      await journal.close()
    },
  }
}

function presentOf(config: Config, make: (config: Config) => MadeProviders): Present {
  return { config, keys: new Map(Object.entries(config.keys)), made: make(config) }
}

/** The config as the file says it now, or what came of reading it. */
async function readNext(
  present: Config,
  read: () => Promise<Config>,
): Promise<{ config: Config } | Exclude<Reloaded, { is: 'taken' }>> {
  try {
    const config = await read()
    if (isDeepStrictEqual(config, present)) return { is: 'same' }
    const fixed = (['installation', 'stateFolder', 'journal'] as const).find(
      (name) => !isDeepStrictEqual(config[name], present[name]),
    )
    if (fixed === undefined) return { config }
    return { is: 'refused', why: `${fixed} has changed, which only a new start of the process takes` }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { is: 'refused', why: describeProblems(error) }
  }
}

/** The first problem in one line, and how many there are. */
function describeProblems({ problems, message }: ConfigError): string {
  const [first, ...more] = problems
  if (!first) return message
  const { file, line, column, path } = first
  const text = `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${first.message}`
  return more.length === 0 ? text : `${text}; and ${more.length} more: keyrota check lists them`
}

function describeChange(before: Present, after: Present): string {
  const [names, others] = [[...before.keys.keys()], [...after.keys.keys()]]
  const added = others.filter((name) => !before.keys.has(name)).length
  const removed = names.filter((name) => !after.keys.has(name)).length
  const changed = others.filter((name) => {
    const known = before.keys.get(name)
    return known !== undefined && !isDeepStrictEqual(known, after.keys.get(name))
  }).length
  const replaced = before.made.names
  const counts = [
    ...(added > 0 ? [`${added} added`] : []),
    ...(removed > 0 ? [`${removed} removed`] : []),
    ...(changed > 0 ? [`${changed} changed`] : []),
  ]
  return [
    counts.length > 0 ? `keys: ${counts.join(', ')}` : 'the same keys',
    ...(replaced.length > 0 ? [`providers replaced: ${replaced.join(', ')}`] : []),
  ].join('; ')
}
