/**
 * Keys that are declared outside the config, beside those of the config: what is declared now, what is wrong with it,
 * what people ask for there, and what becomes of a declaration that was deleted.
 */
import type { KeyConfig } from '../../contracts/config.ts'
import { isPassing, JournalError, ProviderError } from '../../contracts/errors.ts'
import type { DeclaredKey, KeyProblem, KeySource } from '../../contracts/key-source.ts'
import { type Context, ServiceError, type Settled } from '../context.ts'
import { endLeaving, showKept } from './leave.ts'
import { takeRequests } from './take-requests.ts'

/** Objects that are answered or shown something at the same time. */
const AT_ONCE = 8
const BUSY = 'another process works on this key; what was asked for it is taken after that'

export interface ReadDeclarations {
  keys: ReadonlyMap<string, KeyConfig>
  refused: ReadonlyMap<string, readonly KeyProblem[]>
}

export interface DeclarationsBy {
  source: KeySource
  /** What the declarations of teams are as keys of this config. */
  read(declared: readonly DeclaredKey[]): ReadDeclarations
  /** The keys of the config. */
  configured: ReadonlyMap<string, KeyConfig>
}

export class Declarations {
  readonly #by: DeclarationsBy
  #declared: readonly DeclaredKey[] = []
  #read: ReadDeclarations = { keys: new Map(), refused: new Map() }

  constructor(by: DeclarationsBy) {
    this.#by = by
  }

  /** Reads what is declared now. @returns every key there is: those of the config, then those of teams. */
  async refresh(): Promise<ReadonlyMap<string, KeyConfig>> {
    this.#declared = await this.#by.source.list()
    this.#read = this.#by.read(this.#declared.filter(({ isOfTeam }) => isOfTeam))
    const leaving = new Set(this.#declared.flatMap(({ key, isLeaving }) => (isLeaving ? [key] : [])))
    const keys = new Map(this.#by.configured)
    for (const [name, key] of this.#read.keys)
      keys.set(name, leaving.has(name) ? { ...key, observe: true } : key)
    return keys
  }

  /**
   * Answers people, says what is wrong, and brings what was deleted to its end, by what `refresh` has read. One that fails
   * stops no other.
   */
  async settle(context: Context): Promise<Settled> {
    const settled: Settled = { taken: [], failed: [], postponed: [], isPending: false }
    const queue = [...this.#declared]
    const worker = async () => {
      for (let next = queue.shift(); next && !context.stop.aborted; next = queue.shift()) {
        await this.#settleOne(context, next, settled)
        // While the place is away or busy the others are not asked one by one.
        if (settled.failed.some(({ error }) => error instanceof ProviderError && isPassing(error))) return
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    return settled
  }

  watch(changed: () => void, signal: AbortSignal): Promise<void> {
    return this.#by.source.watch(changed, signal)
  }

  close(): Promise<void> {
    return this.#by.source.close()
  }

  async #settleOne(context: Context, declared: DeclaredKey, settled: Settled): Promise<void> {
    const { source } = this.#by
    const { key, isOfTeam, isLeaving, isHeld, installation } = declared
    // Several installations may look at one cluster: what another one keeps is answered, shown and let go by that one.
    const isForeign = installation !== null && installation !== context.installation
    if (isForeign && !(isLeaving && isHeld && this.#isOpened(declared))) return
    try {
      if (isForeign) return await showKept(source, declared)
      if (isOfTeam && !isLeaving) await this.#showState(declared, context.keys.has(key))
      // What is said in a namespace that is not opened counts for nothing.
      const taken = this.#isOpened(declared) ? await takeRequests(context, source, declared) : 'nothing'
      if (taken === 'taken') settled.taken.push(key)
      if (taken === 'claimed') settled.postponed.push({ key, why: BUSY })
      if (isLeaving && isHeld && !(await endLeaving(context, source, declared))) settled.isPending = true
    } catch (error) {
      const isKnown =
        error instanceof ProviderError || error instanceof JournalError || error instanceof ServiceError
      if (!isKnown) throw error
      // Whoever may write where nothing is opened, and where Keyrota has no rights, is nobody's trouble here.
      const isDenied = error instanceof ProviderError && error.code === 'denied'
      if (!isDenied || this.#isOpened(declared)) settled.failed.push({ key, error })
    }
  }

  #isOpened({ key, isOfTeam }: DeclaredKey): boolean {
    const problems = isOfTeam ? (this.#read.refused.get(key) ?? []) : []
    return !problems.some(({ path }) => path === 'metadata.namespace')
  }

  /** An object is held before anything is done for its key: from then on it cannot go while a rotation runs. */
  async #showState(declared: DeclaredKey, isKnown: boolean): Promise<void> {
    const { source } = this.#by
    if (isKnown && !declared.isHeld) await source.hold(declared)
    const problems = this.#read.refused.get(declared.key)
    await source.show(declared, problems ? { is: 'refused', problems } : { is: 'accepted' })
  }
}
