/** What is declared and asked for in the cluster, beside a config that may change while the process runs. */
import type { Config, KeyConfig, ProviderSetting } from '../contracts/config.ts'
import { ProviderError } from '../contracts/errors.ts'
import { machine } from '../machine.ts'
import type { Context, Declared, Settled } from '../service/context.ts'
import type { Declarations } from '../service/declared/declarations.ts'
import type { Reloaded } from '../service/serve/source.ts'
import { makeDeclarations, openTeamSource, type TeamSource } from './declared.ts'

/** What could not be done is tried again this much later: soon where another process only had the key. */
const BUSY_AGAIN_MS = 5_000
const AGAIN_MS = 30_000

interface Taken {
  keys: ReadonlyMap<string, KeyConfig>
  /** Those of the config, and the workloads of teams' keys, which come and go. */
  consumers: Record<string, ProviderSetting>
}

export class LiveDeclarations {
  #source: TeamSource | null = null
  #declarations: Declarations | null = null
  /** Has the declarations looked at again, while somebody watches. */
  #changed: (() => void) | null = null
  #seesTeams = false
  #broken: AbortController | null = null
  #disarm: (() => void) | null = null

  private constructor(source: TeamSource | null) {
    this.#source = source
  }

  static async open(config: Config): Promise<LiveDeclarations> {
    return new LiveDeclarations(await openTeamSource(config))
  }

  /** Every key of this config and of what teams declare by it. */
  async take(config: Config): Promise<Taken> {
    const consumers = { ...config.consumers }
    this.#source ??= await openTeamSource(config)
    const declarations = this.#source && (await makeDeclarations(config, this.#source, consumers))
    const seesTeams = config.teams !== undefined
    // What is watched is decided at the start of a watch.
    if (seesTeams !== this.#seesTeams) this.#broken?.abort()
    this.#seesTeams = seesTeams
    const keys = declarations ? await declarations.refresh() : new Map(Object.entries(config.keys))
    this.#declarations = declarations
    return { keys, consumers }
  }

  /** `refreshed` takes the keys as they are now, and returns what they come to; null: nothing can be declared or asked for there. */
  asDeclared(
    refreshed: (keys: ReadonlyMap<string, KeyConfig>) => ReadonlyMap<string, KeyConfig>,
  ): Declared | null {
    if (!this.#declarations) return null
    return {
      refresh: async () => {
        return refreshed((await this.#declarations?.refresh()) ?? new Map())
      },
      settle: async (context) => (await this.#declarations?.settle(context)) ?? nothing,
    }
  }

  /** Reads config and declarations again, answers people, and comes back to what could not be done yet. */
  async reloadBy(reload: () => Promise<Reloaded>, context: () => Context): Promise<Reloaded> {
    try {
      const reloaded = await reload()
      if (!this.#declarations) return reloaded
      const { failed, postponed, isPending } = await this.#declarations.settle(context())
      if (postponed.length > 0) this.#comeBack(BUSY_AGAIN_MS)
      else if (failed.length > 0 || isPending) this.#comeBack(AGAIN_MS)
      return failed.length > 0 ? { ...reloaded, troubles: failed } : reloaded
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error
      this.#comeBack(AGAIN_MS)
      return { is: 'refused', why: `what teams declare cannot be read: ${error.message}` }
    }
  }

  /** Watches the declarations beside the file of the config; when one breaks, both end. */
  async watchBeside(
    watchFile: (signal: AbortSignal) => Promise<void>,
    changed: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    this.#changed = changed
    const source = this.#source
    if (!source) return await watchFile(signal)
    const broken = new AbortController()
    this.#broken = broken
    const both = AbortSignal.any([signal, broken.signal])
    try {
      await Promise.all([watchFile(both), source.watch(changed, both)])
    } finally {
      broken.abort()
    }
  }

  async close(): Promise<void> {
    this.#disarm?.()
    await this.#source?.close()
  }

  #comeBack(ms: number): void {
    this.#disarm?.()
    if (this.#changed) this.#disarm = machine.clock.after(ms, this.#changed)
  }
}

const nothing: Settled = { taken: [], failed: [], postponed: [], isPending: false }
