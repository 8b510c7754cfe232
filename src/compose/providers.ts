/** Makes the providers of a config, each at its first use, and keeps those that a changed config leaves as they are. */
import { isDeepStrictEqual } from 'node:util'
import { providers as list } from '../../providers/index.ts'
import { addConfig } from '../cli/own-commands.ts'
import type { TimedContext } from '../contracts/call.ts'
import type { Config, ProviderSetting } from '../contracts/config.ts'
import type { Notifier, NotifyEvent } from '../contracts/notifier.ts'
import type { Made, ProviderEntry, ProviderKind } from '../contracts/provider-entry.ts'
import type { Providers } from '../engine/context.ts'
import { machine } from '../machine.ts'
import { type Receivers, ServiceError } from '../service/context.ts'

/** Events under way are waited for this long when a command ends. */
const TELL_LIMIT_MS = 5_000

type Kind = Exclude<ProviderKind, 'journals'>

interface Kept {
  setting: ProviderSetting
  made: Promise<{ close?(): Promise<void> }>
}

export interface ProvidersAbout {
  /** What `--config` said. */
  asked: string | undefined
  /** Shows what a notifier would print on the terminal. */
  show: ((event: NotifyEvent) => void) | undefined
  /** Takes what the notifiers are told that do not write on this machine. */
  queue(event: NotifyEvent): void
}

/** Providers by the names of the config; a config with one store loads one SDK. */
export class MadeProviders {
  readonly providers: Providers
  readonly #config: Config
  readonly #about: ProvidersAbout
  /** By kind and name. */
  readonly #made = new Map<string, Kept>()
  readonly #telling = new Set<Promise<void>>()

  /** `before`: of the config before; what has the same settings there is taken over. */
  constructor(config: Config, about: ProvidersAbout, before?: MadeProviders) {
    this.#config = config
    this.#about = about
    if (before) this.#takeOver(before)
    this.providers = {
      issuer: (name) => this.#get('issuers', name),
      store: (name) => this.#get('stores', name),
      consumer: (name) => this.#get('consumers', name),
      meter: (name) => this.#get('meters', name),
      tell: (event) => this.#tell(event),
    }
  }

  notifier(name: string): Promise<Notifier> {
    return this.#get('notifiers', name)
  }

  /** Undefined: the config has none. */
  get receivers(): Receivers | undefined {
    const names = Object.keys(this.#config.receivers)
    return names.length === 0 ? undefined : { names, get: (name) => this.#get('receivers', name) }
  }

  /** `issuers/gateway` and so on, of all that were made. */
  get names(): string[] {
    return [...this.#made.keys()]
  }

  /** Waits for events under way, then closes what was made and not taken over. */
  async close(): Promise<void> {
    const ended = new AbortController()
    await Promise.race([Promise.all(this.#telling), machine.clock.sleep(TELL_LIMIT_MS, ended.signal)])
    ended.abort()
    for (const provider of await Promise.allSettled([...this.#made.values()].map(({ made }) => made))) {
      if (provider.status === 'fulfilled') await provider.value.close?.()
    }
  }

  #takeOver(before: MadeProviders): void {
    for (const [place, kept] of before.#made) {
      const kind = place.slice(0, place.indexOf('/'))
      const name = place.slice(kind.length + 1)
      if (!isDeepStrictEqual(this.#config[kind as Kind][name], kept.setting)) continue
      this.#made.set(place, kept)
      before.#made.delete(place)
    }
  }

  #get<K extends Kind>(kind: K, name: string): Promise<Made[K]> {
    const place = `${kind}/${name}`
    const setting = this.#config[kind][name]
    if (!setting)
      throw new ServiceError(
        'refused',
        `the config has no ${kind} named ${name} any more`,
        'Put it back, or confirm that it is gone.',
      )
    const known = this.#made.get(place)?.made ?? make(this.#config, kind, name, setting)
    this.#made.set(place, { setting, made: known as Kept['made'] })
    return known as Promise<Made[K]>
  }

  #tell(plain: NotifyEvent): void {
    const { command } = plain
    const event = command === undefined ? plain : { ...plain, command: addConfig(command, this.#about.asked) }
    this.#about.queue(event)
    const { notifiers, notify } = this.#config
    for (const name of Object.keys(notifiers)) {
      if (Object.hasOwn(notify.notifiers, name)) continue
      const told = this.#tellOne(name, event)
      this.#telling.add(told)
      void told.then(() => this.#telling.delete(told))
    }
  }

  async #tellOne(name: string, event: NotifyEvent): Promise<void> {
    const { show } = this.#about
    // Lines of JSON would land between the lines of a dialogue.
    if (show && this.#config.notifiers[name]?.type === 'log') return show(event)
    try {
      const notifier = await this.#get('notifiers', name)
      await notifier.notify(event)
    } catch {
      // Every event is in the trail as well; a rotation neither waits for a notifier nor fails with it.
    }
  }
}

async function make<K extends Kind>(
  config: Config,
  kind: K,
  name: string,
  setting: ProviderSetting,
): Promise<Made[K]> {
  const { make: makeOne } = await loadProvider(kind, setting)
  return makeOne(setting.options as never, contextOf(config, name))
}

export function loadProvider<K extends ProviderKind>(
  kind: K,
  { type }: ProviderSetting,
): ReturnType<ProviderEntry<K>['load']> {
  const entry = list[kind][type]
  if (!entry)
    throw new ServiceError('refused', `there is no provider ${type} of ${kind}`, 'Run: keyrota check')
  return entry.load()
}

export function contextOf({ stateFolder }: Config, name: string): TimedContext {
  return { name, stateFolder, ...machine }
}
