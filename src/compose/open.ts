/** Opens an installation: its config, its journal and its providers; and takes a changed config while the process runs. */
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { LiveOpened, OpenOptions } from '../cli/application.ts'
import { watchConfigFile } from '../config/watch-file.ts'
import type { Config } from '../contracts/config.ts'
import type { Journal } from '../contracts/journal.ts'
import type { Summarize } from '../contracts/key-summary.ts'
import type { NotifyEvent } from '../contracts/notifier.ts'
import { machine } from '../machine.ts'
import { nameProcess } from '../process-identity.ts'
import type { Context } from '../service/context.ts'
import type { Reloaded } from '../service/serve/source.ts'
import { createSummarize } from '../service/summarize.ts'
import { makeStateFolder } from '../state-folder/make-folder.ts'
import { openBudgets } from './budgets.ts'
import { describeChange, type Present, readNext } from './changed-config.ts'
import { LiveCalendars } from './live-calendars.ts'
import { LiveDeclarations } from './live-declarations.ts'
import { checkOwnSecrets } from './own-secrets.ts'
import { Post } from './post.ts'
import { contextOf, loadProvider, MadeProviders } from './providers.ts'

type ReadConfig = (asked: string | undefined, env: OpenOptions['env']) => Promise<Config>

/** @throws ConfigError that lists every problem in the file */
export async function openInstallation(options: OpenOptions, readConfig: ReadConfig): Promise<LiveOpened> {
  const read = () => readConfig(options.config, options.env)
  const config = await read()
  await makeStateFolder(config)
  const installation = new Installation(options, read, {
    config,
    teams: await LiveDeclarations.open(config),
  })
  await installation.open()
  return installation
}

/** What is there once it is open. */
interface Parts {
  present: Present
  readonly journal: Journal
  readonly post: Post
  readonly budget: ReturnType<typeof openBudgets>
}

class Installation implements LiveOpened {
  readonly file: string
  readonly #options: OpenOptions
  readonly #read: () => Promise<Config>
  readonly #teams: LiveDeclarations
  readonly #calendars = new LiveCalendars(machine.clock)
  readonly #standing: Context['standing'] = { pausedAll: null }
  readonly #holder = nameProcess()
  readonly #first: Config
  #opened: Parts | null = null

  constructor(
    options: OpenOptions,
    read: () => Promise<Config>,
    { config, teams }: { config: Config; teams: LiveDeclarations },
  ) {
    this.file = config.file
    this.#options = options
    this.#read = read
    this.#teams = teams
    this.#first = config
  }

  async open(): Promise<void> {
    const present = await this.#take(this.#first)
    const find = (name: string) => this.#now.present.keys.get(name)
    const journal = await openJournal(this.#first, createSummarize(find, this.#standing))
    const post = new Post(journal, () => this.#now.present)
    const about = { journal, holder: this.#holder, stop: this.#options.stop }
    const budget = openBudgets(about, () => this.#now.present.config)
    this.#opened = { present, journal, post, budget }
  }

  get journalPlace(): string {
    const { journal, stateFolder } = this.#first
    return journal.type === 'sqlite' ? join(stateFolder, 'journal.sqlite') : journal.type
  }

  get context(): Context {
    const { present, journal, post, budget } = this.#now
    const { config, keys, made } = present
    const { waitMs, stop, watch } = this.#options
    const declared = this.#teams.asDeclared((declaredKeys) => this.#refresh(declaredKeys))
    return {
      ...machine,
      journal,
      holder: this.#holder,
      budget,
      waitMs,
      stop,
      ...(watch ? { watch } : {}),
      standing: this.#standing,
      installation: config.installation,
      limits: config.limits,
      fleet: config.fleet,
      keys,
      providers: made.providers,
      ...post.context(),
      ...(declared ? { declared } : {}),
      checkSecrets: () => checkOwnSecrets(config),
      ...(made.receivers ? { receivers: made.receivers } : {}),
    }
  }

  reload(): Promise<Reloaded> {
    return this.#teams.reloadBy(
      () => this.#readAgain(),
      () => this.context,
    )
  }

  watchConfig(changed: () => void, signal: AbortSignal): Promise<void> {
    const file = { path: this.file, clock: machine.clock }
    const watchFile = (until: AbortSignal) => watchConfigFile(file, changed, until)
    return this.#teams.watchBeside(
      (until) => this.#calendars.watchBeside(watchFile, changed, until),
      changed,
      signal,
    )
  }

  async close(): Promise<void> {
    const { present, journal, post, budget } = this.#now
    await post.deliverNews(this.context)
    await present.made.close()
    await this.#teams.close()
    await budget.close()
    await journal.close()
  }

  get #now(): Parts {
    if (!this.#opened) throw new TypeError('the installation is not open yet')
    return this.#opened
  }

  async #take(config: Config, before?: MadeProviders): Promise<Present> {
    const { keys, consumers } = await this.#teams.take(config)
    await this.#calendars.take(config)
    const about = {
      asked: this.#options.config,
      show: this.#options.show,
      queue: (event: NotifyEvent) => this.#now.post.tell(event),
    }
    return {
      config,
      keys: this.#calendars.close(keys),
      made: new MadeProviders({ ...config, consumers }, about, before),
    }
  }

  /** Keys as they are declared now, with what calendars close. */
  #refresh(declaredKeys: Present['keys']): Present['keys'] {
    const keys = this.#calendars.close(declaredKeys)
    this.#now.present = { ...this.#now.present, keys }
    return keys
  }

  async #readAgain(): Promise<Reloaded> {
    const before = this.#now.present
    const next = await readNext(before.config, this.#read)
    if (next.is === 'refused') return next
    if (next.is === 'read') this.#now.present = await this.#take(next.config, before.made)
    else {
      await this.#calendars.take(before.config)
      await (this.context.declared?.refresh() ?? this.#refresh(before.keys))
    }
    const after = this.#now.present
    if (next.is === 'same' && isDeepStrictEqual([...before.keys], [...after.keys])) return { is: 'same' }
    const close = async () => {
      if (before.made !== after.made) await before.made.close()
    }
    return { is: 'taken', summary: describeChange(before, after), close }
  }
}

async function openJournal(config: Config, summarize: Summarize): Promise<Journal> {
  const { make } = await loadProvider('journals', config.journal)
  const { installation } = config
  return await make(config.journal.options as never, {
    ...contextOf(config, 'journal'),
    summarize,
    installation,
  })
}
