/** Processes that share budgets through one journal, and a service that counts what reaches it. */
import type { JournalSpace } from '../../providers/journals/memory/index.ts'
import { openMemoryJournal } from '../../providers/journals/memory/index.ts'
import { type OpenCallBudget, openCallBudget } from '../../src/budget/call-budget.ts'
import type { PublishedLimits, Rate } from '../../src/contracts/budget.ts'
import type { Clock } from '../../src/contracts/clock.ts'
import type { Documents } from '../../src/contracts/documents.ts'
import { ProviderError } from '../../src/contracts/errors.ts'
import { machine } from '../../src/machine.ts'
import { VirtualClock } from '../shared/virtual-clock.ts'

export interface CountedDocuments extends Documents {
  reads: number
  writes: number
  /** Every request fails while it is set. */
  failure: Error | null
}

export class BudgetRig {
  readonly clock = new VirtualClock()
  readonly documents: CountedDocuments
  /** By class; replaced before the first call. */
  classes: Readonly<Record<string, Rate | null>> = { writes: { calls: 50, perMs: 1_000 } }
  costs: PublishedLimits['costs'] = () => [{ class: 'writes', calls: 1 }]

  constructor() {
    const space: JournalSpace = {
      rows: new Map(),
      sightings: new Map(),
      trail: [],
      finished: new Map(),
      documents: new Map(),
      watchers: new Set(),
      documentWatchers: new Set(),
    }
    const { documents } = openMemoryJournal(space, { ...machine, clock: this.clock })
    this.documents = countDocuments(documents)
  }

  /** One more process; its wall clock may be wrong. Once `kill` aborts it does nothing any more. */
  worker(
    holder: string,
    { aheadMs = 0, stop = new AbortController().signal, kill = new AbortController().signal } = {},
  ): OpenCallBudget {
    const clock: Clock = { ...this.clock.elsewhere(), wallMs: () => this.clock.wallMs() + aheadMs }
    return openCallBudget({
      ...{ clock, random: machine.random, documents: dieWith(this.documents, kill), holder, stop },
      isProcessGone: (one) => one === 'gone',
      limitsOf: async () => ({ account: 'cloud 1', classes: this.classes, costs: this.costs }),
    })
  }

  /** The only document there is. */
  async ledger(): Promise<Record<string, unknown> | null> {
    const [found] = await this.documents.list('budget', { limit: 2 })
    return found ? JSON.parse(found.text) : null
  }
}

/** After it no request is sent, and none is answered. */
function dieWith(documents: Documents, kill: AbortSignal): Documents {
  const dead = () => new Promise<never>(() => {})
  return {
    read: (id) => (kill.aborted ? dead() : documents.read(id)),
    write: (id, change) => (kill.aborted ? dead() : documents.write(id, change)),
    remove: (id, revision) => (kill.aborted ? dead() : documents.remove(id, revision)),
    list: (kind, page) => documents.list(kind, page),
  }
}

function countDocuments(documents: Documents): CountedDocuments {
  const counted: CountedDocuments = {
    ...{ reads: 0, writes: 0, failure: null },
    async read(id) {
      counted.reads += 1
      if (counted.failure) throw counted.failure
      return await documents.read(id)
    },
    async write(id, change) {
      counted.writes += 1
      if (counted.failure) throw counted.failure
      return await documents.write(id, change)
    },
    remove: (id, revision) => documents.remove(id, revision),
    list: (kind, page) => documents.list(kind, page),
  }
  return counted
}

/** A service that lets so many calls a second through, with so many at once, and answers 429 to the others. */
export class CountingService {
  readonly #clock: Clock
  perSecond: number
  readonly #burst: number
  #tokens: number
  #at: number
  readonly answers: { at: number; ok: boolean }[] = []

  constructor(clock: Clock, perSecond: number, burst = perSecond) {
    this.#clock = clock
    this.perSecond = perSecond
    this.#burst = burst
    this.#tokens = burst
    this.#at = clock.monotonicMs()
  }

  answer(): boolean {
    const now = this.#clock.monotonicMs()
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) * this.perSecond) / 1_000)
    this.#at = now
    const ok = this.#tokens >= 1
    if (ok) this.#tokens -= 1
    this.answers.push({ at: now, ok })
    return ok
  }

  between(from: number, to: number): { calls: number; refused: number } {
    const some = this.answers.filter(({ at }) => at >= from && at < to)
    return { calls: some.length, refused: some.filter(({ ok }) => !ok).length }
  }

  /** The most calls within any length of time of this. */
  mostWithin(ms: number): number {
    let [most, from] = [0, 0]
    for (const [to, { at }] of this.answers.entries()) {
      while ((this.answers[from]?.at ?? at) <= at - ms) from += 1
      most = Math.max(most, to - from + 1)
    }
    return most
  }
}

/** Sends so many calls, so many at a time, each again until it went through. */
export async function sendAll(
  budget: OpenCallBudget,
  service: CountingService,
  {
    count,
    atOnce = 20,
    clock,
    takesMs = 20,
    kill = new AbortController().signal,
  }: { count: number; atOnce?: number; clock: Clock; takesMs?: number; kill?: AbortSignal },
): Promise<number> {
  let [left, sent] = [count, 0]
  const lane = async () => {
    while (left > 0 && !kill.aborted) {
      left -= 1
      for (let done = false; !done && !kill.aborted; ) {
        try {
          const turn = await budget.take({
            provider: 'cloud',
            verb: 'write',
            isUrgent: false,
            waitMs: 20_000,
          })
          await clock.sleep(takesMs / 2)
          done = service.answer()
          await clock.sleep(takesMs / 2)
          turn.end({ requests: 1, throttled: !done })
        } catch (error) {
          // Its turn did not come: as a rotation does, it tries again later.
          if (!(error instanceof ProviderError) || error.code !== 'throttled') throw error
        }
        if (!done) await clock.sleep(2_000)
      }
      sent += 1
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, lane))
  return sent
}
