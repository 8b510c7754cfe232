import type { Intent, Seen } from '../../shared/store/judge-write.ts'
import { remember } from '../../shared/store/recent.ts'

interface Sent {
  mark: string
  /** The only version that this write can have made. */
  version: number
}

/**
 * Distinguishes a repeated write from a new one. KV has no place for a mark that belongs to one version and that
 * consumers do not see, but with `cas` a write that replaces version n can only ever make version n + 1: if that
 * version is the current one and holds our value, the write is done. The marks that this process sent make it exact
 * where the number alone is not enough: the same value under a new mark, or a worker that read again in between.
 */
export class SentMarks {
  readonly #sent = new Map<string, Sent>()

  /** Who made the version that is current at this place. */
  findMaker(place: string, { mark, replaces }: Intent, current: number): Seen['madeBy'] {
    const sent = this.#sent.get(place)
    if (sent?.mark === mark && current >= sent.version) return current === sent.version ? 'this' : 'outdated'
    const isNext = replaces === 'absent' || Number(replaces) + 1 === current
    return isNext && sent?.version !== current ? 'perhaps' : 'other'
  }

  /** To be called right before the write is sent. The returned function undoes it, if the write did not happen. */
  remember(place: string, sent: Sent): () => void {
    const before = this.#sent.get(place)
    remember(this.#sent, place, sent)
    return () => {
      if (this.#sent.get(place) !== sent) return
      if (before === undefined) this.#sent.delete(place)
      else this.#sent.set(place, before)
    }
  }
}
