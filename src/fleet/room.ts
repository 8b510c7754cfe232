/** How many rotations may work at the same time, in all and of what they share. */
import type { Caps } from './campaign.ts'

export class Room {
  readonly #caps: Caps
  readonly #working = new Map<string, number>()
  #all = 0
  /** Taken in the present round, and not working yet. */
  #taken = new Map<string, number>()
  #takenAll = 0

  constructor(caps: Caps) {
    this.#caps = caps
  }

  enter(labels: readonly string[]): void {
    this.#count(labels, 1)
  }

  leave(labels: readonly string[]): void {
    this.#count(labels, -1)
  }

  /** Begins a round: what was taken in the last one works now, or does not. */
  begin(): void {
    this.#taken = new Map()
    this.#takenAll = 0
  }

  get isFree(): boolean {
    return this.#all + this.#takenAll < this.#caps.atOnce
  }

  /** Takes a place for a key that shares these. @returns whether there was one. */
  take(labels: readonly string[]): boolean {
    if (!this.isFree || labels.some((label) => this.#load(label) >= this.#capOf(label))) return false
    for (const label of labels) this.#taken.set(label, (this.#taken.get(label) ?? 0) + 1)
    this.#takenAll += 1
    return true
  }

  #load(label: string): number {
    return (this.#working.get(label) ?? 0) + (this.#taken.get(label) ?? 0)
  }

  /** Keys of one group never rotate at the same time. */
  #capOf(label: string): number {
    const { perIssuer, perStore, perConsumer } = this.#caps
    const caps: Readonly<Record<string, number | undefined>> = {
      issuer: perIssuer,
      store: perStore,
      consumer: perConsumer,
      group: 1,
    }
    return caps[label.slice(0, label.indexOf('/'))] ?? Number.POSITIVE_INFINITY
  }

  #count(labels: readonly string[], by: number): void {
    for (const label of labels) this.#working.set(label, (this.#working.get(label) ?? 0) + by)
    this.#all += by
  }
}
