/** Has the journal show the keys of the config, beside the work: it is for people, and no rotation waits for it. */
import { showKeys } from '../show-keys.ts'
import type { LiveSource, ServeListener } from './source.ts'

export class Declaration {
  readonly #source: LiveSource
  readonly #listener: ServeListener
  #is: 'wanted' | 'under-way' | 'made' | 'failed' = 'wanted'

  constructor(source: LiveSource, listener: ServeListener) {
    this.#source = source
    this.#listener = listener
  }

  /** The config has changed. */
  renew(): void {
    this.#is = 'wanted'
  }

  /** What could not be shown is tried again. */
  retry(): void {
    if (this.#is === 'failed') this.renew()
  }

  /** Begins it unless it was begun. */
  make(): void {
    if (this.#is !== 'wanted') return
    this.#is = 'under-way'
    void this.#show()
  }

  async #show(): Promise<void> {
    let isShown = false
    try {
      const hidden = await showKeys(this.#source.context)
      isShown = hidden === null
      if (hidden) this.#listener.say?.(`${hidden.message}. ${hidden.nextStep}`)
    } catch (error) {
      this.#listener.failed?.('serve', error)
    }
    // The config may have changed meanwhile: then it is wanted once more.
    if (this.#is === 'under-way') this.#is = isShown ? 'made' : 'failed'
  }
}
