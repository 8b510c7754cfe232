/**
 * The gauges of the watch over use. What they show lies in the journal, which a scrape must neither wait for nor fail
 * with: it is read beside the scrapes, at most so often however many scrapers there are.
 */
import type { Clock } from '../contracts/clock.ts'
import { JournalError } from '../contracts/errors.ts'
import type { Finding } from '../contracts/usage.ts'
import type { Context } from '../service/context.ts'
import { readAllFindings } from '../service/usage/documents.ts'
import { showMeters } from '../service/usage/show-usage.ts'
import { openFindings } from '../usage/findings.ts'
import { metricTable } from './metric-table.ts'
import type { Gauges } from './metrics.ts'

const MS = 1_000
const READ_EVERY_MS = 30_000
/** So long a scrape waits for a reading; a later one shows it. */
const PATIENCE_MS = 1_000

interface Shown {
  findings: [key: string, kind: string, count: number][]
  meters: { meter: string; readAt: number | null; failures: number }[]
}

const NOTHING: Shown = { findings: [], meters: [] }

export class UsageGauges {
  readonly #clock: Clock
  readonly #context: () => Pick<Context, 'keys' | 'journal'>
  readonly #failed: (error: unknown) => void
  #shown = NOTHING
  #reading: Promise<void> | undefined
  #readAgainAt = Number.NEGATIVE_INFINITY

  /** `context`: by the config as it is now. `failed` is told of what is no failure of the journal. */
  constructor(
    clock: Clock,
    context: () => Pick<Context, 'keys' | 'journal'>,
    failed: (error: unknown) => void,
  ) {
    this.#clock = clock
    this.#context = context
    this.#failed = failed
  }

  /** Before a scrape. Without a watched key nothing is read. */
  async refresh(): Promise<void> {
    if (![...this.#context().keys.values()].some(({ usage }) => usage)) {
      this.#shown = NOTHING
      return
    }
    const now = this.#clock.monotonicMs()
    if (!this.#reading && now >= this.#readAgainAt) {
      this.#readAgainAt = now + READ_EVERY_MS
      this.#reading = this.#read()
    }
    if (!this.#reading) return
    const over = new AbortController()
    await Promise.race([this.#reading, this.#clock.sleep(PATIENCE_MS, over.signal)])
    over.abort()
  }

  set(gauges: Gauges): void {
    const { findings, meters } = this.#shown
    for (const row of [metricTable.usageFindings, metricTable.meterReadAt, metricTable.meterFailures])
      gauges.reset(row)
    for (const [key, kind, count] of findings) gauges.set(metricTable.usageFindings, { key, kind }, count)
    for (const { meter, readAt, failures } of meters) {
      if (readAt !== null) gauges.set(metricTable.meterReadAt, { meter }, readAt / MS)
      gauges.set(metricTable.meterFailures, { meter }, failures)
    }
  }

  /** While the journal is away there are no series: what was read before may be over. */
  async #read(): Promise<void> {
    const context = this.#context()
    try {
      const [findings, meters] = await Promise.all([readAllFindings(context), showMeters(context)])
      this.#shown = { findings: [...findings].flatMap(([key, one]) => countOpen(key, one.findings)), meters }
    } catch (error) {
      this.#shown = NOTHING
      if (!(error instanceof JournalError)) this.#failed(error)
    } finally {
      this.#reading = undefined
    }
  }
}

function countOpen(key: string, findings: readonly Finding[]): Shown['findings'] {
  return [...Map.groupBy(openFindings(findings), ({ kind }) => kind)].map(([kind, some]) => [
    key,
    kind,
    some.length,
  ])
}
