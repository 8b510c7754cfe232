import type { Clock } from '../contracts/clock.ts'

/**
 * How many rotations work at the same time. A wait gives its slot back; a slot that becomes free goes to the key whose
 * issuer and stores have the fewest, so that keys of one that is down never hold up the others.
 */
interface Waiting {
  labels: readonly string[]
  wake: () => void
}

export class Slots {
  #free: number
  #waiting: Waiting[] = []
  readonly #taken = new Map<string, number>()

  constructor(count: number) {
    this.#free = count
  }

  /** So many more from now on, or fewer: what is taken stays taken. */
  resize(by: number): void {
    this.#free += by
    this.#wakeNext()
  }

  /** A slot for one key, not taken yet; `labels` name its issuer and its stores. */
  slotFor(labels: readonly string[]): Slot {
    let isTaken = false
    return {
      take: async () => {
        if (isTaken) return
        isTaken = true
        await this.#take(labels)
      },
      giveBack: () => {
        if (!isTaken) return
        isTaken = false
        this.#count(labels, -1)
        this.#free += 1
        this.#wakeNext()
      },
    }
  }

  async #take(labels: readonly string[]): Promise<void> {
    if (this.#free > 0 && this.#waiting.length === 0) {
      this.#hold(labels)
      return
    }
    await new Promise<void>((wake) => {
      this.#waiting.push({ labels, wake })
      this.#wakeNext()
    })
  }

  #wakeNext(): void {
    while (this.#free > 0) {
      const next = this.#waiting.reduce<Waiting | undefined>(
        (best, one) => (best && this.#load(best.labels) <= this.#load(one.labels) ? best : one),
        undefined,
      )
      if (!next) return
      this.#waiting = this.#waiting.filter((one) => one !== next)
      this.#hold(next.labels)
      next.wake()
    }
  }

  #hold(labels: readonly string[]): void {
    this.#free -= 1
    this.#count(labels, 1)
  }

  #count(labels: readonly string[], by: number): void {
    for (const label of labels) this.#taken.set(label, (this.#taken.get(label) ?? 0) + by)
  }

  /** The most slots that its issuer, or one of its stores, has now. */
  #load(labels: readonly string[]): number {
    return Math.max(0, ...labels.map((label) => this.#taken.get(label) ?? 0))
  }
}

export interface Slot {
  take(): Promise<void>
  giveBack(): void
}

/** Sleeps without a slot: another rotation works meanwhile. */
export async function sleepAside(
  hand: { readonly clock: Clock; readonly slot?: Slot },
  ms: number,
  stop: AbortSignal,
): Promise<void> {
  hand.slot?.giveBack()
  await hand.clock.sleep(ms, stop)
  await hand.slot?.take()
}
