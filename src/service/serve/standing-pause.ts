/** Keeps what this process knows of the pause of all keys up to date. */
import { isDeepStrictEqual } from 'node:util'
import type { Journal } from '../../contracts/journal.ts'
import { PAUSE_OF_ALL } from '../../contracts/pause.ts'
import type { Context } from '../context.ts'
import { readPauseOfAll } from '../pause.ts'

export class StandingPause {
  readonly #journal: Journal
  #isStale = true

  constructor(journal: Journal) {
    this.#journal = journal
  }

  get isStale(): boolean {
    return this.#isStale
  }

  /** Somebody may have changed a document of this kind; null: of any kind. */
  notice(kind: string | null): void {
    if (kind === null || kind === PAUSE_OF_ALL.kind) this.#isStale = true
  }

  /**
   * Reads it. @returns what to say when it is another one than before.
   * @throws JournalError, and then it stays stale
   */
  async refresh({ standing }: Context): Promise<string | null> {
    const before = standing.pausedAll
    standing.pausedAll = await readPauseOfAll(this.#journal)
    this.#isStale = false
    if (isDeepStrictEqual(before, standing.pausedAll)) return null
    return standing.pausedAll
      ? 'all keys are paused: no rotation starts by itself'
      : 'the pause of all keys is over'
  }
}
