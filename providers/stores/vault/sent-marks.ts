/** What a place holds now, as a write sees it before it changes anything. */
export interface Held {
  version: number
  /** All our fields are there with exactly the values that are to be written. */
  holds: boolean
  /** None of our fields is there. */
  isFree: boolean
}

interface Sent {
  mark: string
  /** The only version that this write can have made. */
  version: number
}

const maxPlaces = 1000

/**
 * Tells a repeated write from a new one. KV has no place for a mark that belongs to one version and that consumers
 * do not see, but with `cas` a write that replaces version n can only ever make version n + 1: if that version is
 * the current one and holds our value, the write is done. The marks this process sent make it exact where the number
 * alone does not tell: the same value under a new mark, or a worker that read again in between.
 */
export class SentMarks {
  readonly #sent = new Map<string, Sent>()

  judge(
    place: string,
    intent: { mark: string; replaces: string | 'absent' },
    held: Held,
  ): 'write' | 'repeat' | 'conflict' {
    const sent = this.#sent.get(place)
    if (sent !== undefined && sent.mark === intent.mark && held.version >= sent.version)
      return held.holds && held.version === sent.version ? 'repeat' : 'conflict'
    if (intent.replaces === 'absent' ? held.isFree : intent.replaces === String(held.version) && !held.isFree)
      return 'write'
    const couldBeOurs = intent.replaces === 'absent' || Number(intent.replaces) + 1 === held.version
    return couldBeOurs && held.holds && sent?.version !== held.version ? 'repeat' : 'conflict'
  }

  /** To be called right before the write is sent; the answer takes it back when it is known not to have happened. */
  remember(place: string, sent: Sent): () => void {
    const before = this.#sent.get(place)
    this.#sent.delete(place)
    this.#sent.set(place, sent)
    const [oldest] = this.#sent.keys()
    if (this.#sent.size > maxPlaces && oldest !== undefined) this.#sent.delete(oldest)
    return () => {
      if (this.#sent.get(place) !== sent) return
      if (before === undefined) this.#sent.delete(place)
      else this.#sent.set(place, before)
    }
  }
}
