/** Counts and times what the engine and the service tell, and reads the state of the keys when it is asked. */
import prometheus from 'prom-client'
import type { Watcher } from '../engine/context.ts'
import type { ServeListener } from '../service/serve/source.ts'
import { type MetricRow, metricTable } from './metric-table.ts'

const MS = 1_000

export interface Metrics {
  readonly watcher: Watcher
  readonly listener: Pick<ServeListener, 'reloaded' | 'journalCalled' | 'reportHeard'>
  /** Work on one key ended in an error of this kind: a constant. */
  countError(kind: string): void
  /** Called before each reading of a gauge, to bring all of them up to date. */
  onCollect(collect: (gauges: Gauges) => void): void
  readonly contentType: string
  /** Everything, in the text format of Prometheus. */
  text(): Promise<string>
}

export interface Gauges {
  set(row: MetricRow, labels: Readonly<Record<string, string>>, value: number): void
  /** Forgets every series of this metric. */
  reset(row: MetricRow): void
}

/** `now`: milliseconds since 1970. */
export function createMetrics(about: { version: string; now: () => number }): Metrics {
  const registry = new prometheus.Registry()
  prometheus.collectDefaultMetrics({ register: registry })
  const made = makeAll(registry)
  let collect: (gauges: Gauges) => void = () => {}
  made.gauge(metricTable.buildInfo).set({ version: about.version, node_version: process.version }, 1)
  const setReloaded = () => {
    made.gauge(metricTable.configReload).set(1)
    made.gauge(metricTable.configReloadedAt).set(about.now() / MS)
  }
  setReloaded()
  return {
    watcher: makeWatcher(made),
    listener: {
      reloaded: (result) => {
        if (result === 'refused') made.gauge(metricTable.configReload).set(0)
        else setReloaded()
      },
      reportHeard: ({ receiver, result }) => made.counter(metricTable.leakReports).inc({ receiver, result }),
      journalCalled: ({ verb, code, durationMs }) => {
        made.counter(metricTable.journalRequests).inc({ verb, code })
        if (verb === 'commit')
          made.histogram(metricTable.journalCommitDuration).observe({ code }, durationMs / MS)
      },
    },
    countError: (kind) => made.counter(metricTable.keyErrors).inc({ kind }),
    onCollect: (run) => {
      collect = run
    },
    contentType: registry.contentType,
    text: () => {
      collect({
        set: (row, labels, value) => made.gauge(row).set(labels, value),
        reset: (row) => made.gauge(row).reset(),
      })
      return registry.metrics()
    },
  }
}

function makeWatcher(made: Made): Watcher {
  return {
    called: ({ provider, verb, code, durationMs }) => {
      // No rotation waits for a notifier, so that it is no trouble of a provider.
      if (verb === 'notify') made.counter(metricTable.notifierAttempts).inc({ notifier: provider, code })
      else
        made.histogram(metricTable.providerRequestDuration).observe({ provider, verb, code }, durationMs / MS)
    },
    notifierSeen: ({ notifier, queued, isFailing }) => {
      made.gauge(metricTable.notifierQueued).set({ notifier }, queued)
      made.gauge(metricTable.notifierFailing).set({ notifier }, isFailing ? 1 : 0)
    },
    messagesDropped: (notifier, count) => made.counter(metricTable.notifierDropped).inc({ notifier }, count),
    waitedForTurn: ({ provider, verb, waitedMs }) =>
      made.histogram(metricTable.callBudgetWait).observe({ provider, verb }, waitedMs / MS),
    probed: (issuer, subject, verdict) =>
      made.counter(metricTable.probeVerdicts).inc({ issuer, subject, verdict }),
    leftStep: (step, durationMs) =>
      made.histogram(metricTable.stepDuration).observe({ step }, durationMs / MS),
    ended: ({ end, reason, durationMs }) => {
      made.counter(metricTable.rotations).inc({ end, reason })
      made.histogram(metricTable.rotationDuration).observe({ end }, durationMs / MS)
    },
  }
}

interface Made {
  counter(row: MetricRow): prometheus.Counter
  gauge(row: MetricRow): prometheus.Gauge
  histogram(row: MetricRow): prometheus.Histogram
}

function makeAll(registry: prometheus.Registry): Made {
  const counters = new Map<string, prometheus.Counter>()
  const gauges = new Map<string, prometheus.Gauge>()
  const histograms = new Map<string, prometheus.Histogram>()
  for (const row of Object.values(metricTable) as MetricRow[]) {
    const { name, help, labels, buckets } = row
    const about = { name, help, labelNames: [...labels], registers: [registry] }
    if (row.type === 'counter') counters.set(name, new prometheus.Counter(about))
    else if (row.type === 'gauge') gauges.set(name, new prometheus.Gauge(about))
    else
      histograms.set(
        name,
        new prometheus.Histogram({ ...about, ...(buckets ? { buckets: [...buckets] } : {}) }),
      )
  }
  const of = <T>(map: ReadonlyMap<string, T>, { name, type }: MetricRow): T => {
    const metric = map.get(name)
    if (metric === undefined) throw new Error(`${name} is a ${type}`)
    return metric
  }
  return {
    counter: (row) => of(counters, row),
    gauge: (row) => of(gauges, row),
    histogram: (row) => of(histograms, row),
  }
}
