/** Opens an installation: its config, its journal and its providers; and takes a changed config while the process runs. */
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { LiveOpened, OpenOptions } from '../cli/application.ts'
import { watchConfigFile } from '../config/watch-file.ts'
import { type Config, ConfigError, type KeyConfig } from '../contracts/config.ts'
import type { Journal } from '../contracts/journal.ts'
import { machine } from '../machine.ts'
import { nameProcess } from '../process-identity.ts'
import type { Context } from '../service/context.ts'
import type { Reloaded } from '../service/serve/source.ts'
import { createSummarize } from '../service/summarize.ts'
import { makeStateFolder } from '../state-folder/make-folder.ts'
import { LiveDeclarations } from './live-declarations.ts'
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
  const config = await read()
  await makeStateFolder(config)
  const teams = await LiveDeclarations.open(config)
  const take = async (next: Config, before?: MadeProviders): Promise<Present> => {
    const { keys, consumers } = await teams.take(next)
    return { config: next, keys, made: new MadeProviders({ ...next, consumers }, about, before) }
  }
  let present = await take(config)
  const journal = await openJournal(config, (name) => present.keys.get(name))
  const always = alwaysOf(options, journal)
  const refreshed = (keys: Present['keys']) => {
    present = { ...present, keys }
  }
  const contextNow = (): Context => {
    const { keys, made } = present
    const { installation, limits } = present.config
    const declared = teams.asDeclared(refreshed)
    const { providers, receivers } = made
    const base = { ...always, installation, limits, keys, providers }
    return { ...base, ...(declared ? { declared } : {}), ...(receivers ? { receivers } : {}) }
  }
  const reload = async (): Promise<Reloaded> => {
    const next = await readNext(present.config, read)
    if (next.is === 'refused') return next
    const before = present
    if (next.is === 'read') present = await take(next.config, before.made)
    else await contextNow().declared?.refresh()
    const isSame = next.is === 'same' && isDeepStrictEqual([...before.keys], [...present.keys])
    if (isSame) return { is: 'same' }
    const close = async () => {
      if (before.made !== present.made) await before.made.close()
    }
    return { is: 'taken', summary: describeChange(before, present), close }
  }
  return {
    file: config.file,
    journalPlace:
      config.journal.type === 'sqlite' ? join(config.stateFolder, 'journal.sqlite') : config.journal.type,
    get context() {
      return contextNow()
    },
    reload: () => teams.reloadBy(reload, contextNow),
    watchConfig: (changed, signal) => {
      const file = { path: config.file, clock: machine.clock }
      return teams.watchBeside((until) => watchConfigFile(file, changed, until), changed, signal)
    },
    close: async () => {
      await present.made.close()
      await teams.close()
      await journal.close()
    },
  }
}

async function openJournal(config: Config, find: (name: string) => KeyConfig | undefined): Promise<Journal> {
  const { make } = await loadProvider('journals', config.journal)
  const summarize = createSummarize(find)
  const { installation } = config
  return await make(config.journal.options as never, {
    ...contextOf(config, 'journal'),
    summarize,
    installation,
  })
}

/** What of a context no change of the config changes. */
function alwaysOf({ waitMs, stop, watch }: OpenOptions, journal: Journal) {
  return { journal, holder: nameProcess(), waitMs, stop, ...machine, ...(watch ? { watch } : {}) }
}

/** The config as the file says it now, or what came of reading it. */
async function readNext(
  present: Config,
  read: () => Promise<Config>,
): Promise<{ is: 'read'; config: Config } | Exclude<Reloaded, { is: 'taken' }>> {
  try {
    const config = await read()
    if (isDeepStrictEqual(config, present)) return { is: 'same' }
    const fixed = (['installation', 'stateFolder', 'journal'] as const).find(
      (name) => !isDeepStrictEqual(config[name], present[name]),
    )
    if (fixed === undefined) return { is: 'read', config }
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
