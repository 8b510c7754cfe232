/** The keys of one campaign with what has come of each: what may begin now, and whether the wave is proved. */
import type { KeyConfig } from '../contracts/config.ts'
import type { CampaignPlan, Counts, Row } from './campaign.ts'
import type { Judged, KeyState } from './key-state.ts'
import { Room } from './room.ts'

/** What the wave under way comes to. `proved`: every key of it has come to its end, and few enough have failed. */
export type WaveState =
  | { readonly is: 'going' }
  | { readonly is: 'proved' }
  | { readonly is: 'failed'; readonly reason: 'canary' | 'breaker'; readonly why: string }

interface Seat {
  readonly row: Row
  readonly labels: readonly string[]
  judged: Judged
}

/** States in which nothing more is waited for. */
const settled: ReadonlySet<KeyState> = new Set(['done', 'failed', 'left', 'asked'])
/** A rotation in its overlap asks nothing of anybody; one that has failed is driven no more by the campaign. */
const working: ReadonlySet<KeyState> = new Set(['running'])

export class Board {
  readonly #plan: CampaignPlan
  readonly #seats = new Map<string, Seat>()
  readonly #auto: readonly Seat[]
  readonly #people: readonly Seat[]
  readonly #room: Room
  readonly #counts: Record<KeyState, number> = {
    ...{ pending: 0, running: 0, overlap: 0, asked: 0, done: 0, failed: 0, left: 0 },
  }
  /** No key before this one is pending, in the order of their turn. */
  #from = 0

  constructor(plan: CampaignPlan, rows: readonly Row[], keys: ReadonlyMap<string, KeyConfig>) {
    this.#plan = plan
    this.#room = new Room(plan.caps)
    for (const row of rows)
      this.#seats.set(row.key, { row, labels: labelsOf(keys.get(row.key)), judged: { state: 'pending' } })
    this.#counts.pending = rows.length
    const all = [...this.#seats.values()]
    this.#auto = all.filter(({ row }) => row.group === 'auto')
    this.#people = all.filter(({ row }) => row.group === 'people')
  }

  get rows(): readonly Row[] {
    return [...this.#seats.values()].map(({ row }) => row)
  }

  row(key: string): Row | undefined {
    return this.#seats.get(key)?.row
  }

  judged(key: string): Judged | undefined {
    return this.#seats.get(key)?.judged
  }

  /** @returns whether its state is another one now. */
  set(key: string, judged: Judged): boolean {
    const seat = this.#seats.get(key)
    if (!seat) return false
    const before = seat.judged.state
    this.#counts[before] -= 1
    this.#counts[judged.state] += 1
    if (working.has(before)) this.#room.leave(seat.labels)
    if (working.has(judged.state)) this.#room.enter(seat.labels)
    if (judged.state === 'pending') this.#from = 0
    seat.judged = judged
    return before !== judged.state
  }

  get counts(): Counts {
    const { done, failed, running, overlap, pending, asked, left } = this.#counts
    return { done, failed, running: running + overlap, pending, asked, left }
  }

  /** Keys of this state. */
  keysIn(state: KeyState): string[] {
    return [...this.#seats.values()].filter(({ judged }) => judged.state === state).map(({ row }) => row.key)
  }

  get waves(): number {
    return this.#plan.waves.length
  }

  /** Whether this wave is proved. After the last one there is nothing more to prove. */
  judgeWave(wave: number): WaveState {
    const [from, to] = [this.#plan.waves[wave - 1] ?? 0, this.#plan.waves[wave]]
    if (to === undefined) return { is: 'proved' }
    const members = this.#auto.slice(from, to)
    const failed = members.filter(({ judged }) => judged.state === 'failed' && !judged.isAcknowledged)
    const ended = members.filter(({ judged }) => settled.has(judged.state))
    const [first] = failed
    if (first && wave === 0 && this.#plan.waves[0] === 1)
      return { is: 'failed', reason: 'canary', why: `the first key, ${sayFailure(first)}` }
    const { ratio, least } = this.#plan.breaker
    if (first && failed.length >= least && failed.length > ratio * ended.length) {
      const why = `${failed.length} of the ${ended.length} keys of wave ${wave + 1} that have ended failed; ${sayFailure(first)}`
      return { is: 'failed', reason: 'breaker', why }
    }
    return { is: ended.length === members.length ? 'proved' : 'going' }
  }

  /**
   * Keys that may begin now, in the order of their turn: those that need no person up to the end of this wave, and, once
   * the first wave is proved, those that a person is asked about.
   * @param most what the share of an hour leaves; asking a person does not count
   */
  startable(wave: number, most: number): string[] {
    const to = this.#plan.waves[wave] ?? this.#auto.length
    const starts: string[] = []
    this.#room.begin()
    while (this.#from < to && this.#auto[this.#from]?.judged.state !== 'pending') this.#from += 1
    for (let at = this.#from; at < to && starts.length < most && this.#room.isFree; at += 1)
      this.#consider(this.#auto[at], starts)
    if (wave === 0 && this.#auto.length > 0) return starts
    for (const seat of this.#people) if (this.#room.isFree) this.#consider(seat, starts)
    return starts
  }

  #consider(seat: Seat | undefined, starts: string[]): void {
    if (seat?.judged.state === 'pending' && this.#room.take(seat.labels)) starts.push(seat.row.key)
  }

  /** Nothing is begun any more, and nothing is waited for. */
  isOver(wave: number): boolean {
    const { pending, running, overlap } = this.#counts
    return wave >= this.#plan.waves.length && pending + running + overlap === 0
  }
}

function sayFailure({ row, judged }: Seat): string {
  return `${row.key}: ${judged.why ?? 'failed'}`
}

/** What a key shares with others. */
function labelsOf(key: KeyConfig | undefined): string[] {
  if (!key) return []
  const stores = key.targets.map(({ store }) => `store/${store}`)
  const consumers = key.consumers.map((consumer) => `consumer/${consumer}`)
  const group = key.group === undefined ? [] : [`group/${key.group}`]
  return [...new Set([`issuer/${key.issuer}`, ...stores, ...consumers, ...group])]
}
