/** The gauges of the watch over use; what they show lies in the journal and is read for each scrape. */
import { JournalError } from '../contracts/errors.ts'
import type { Finding } from '../contracts/usage.ts'
import type { Context } from '../service/context.ts'
import { readAllFindings } from '../service/usage/documents.ts'
import { showMeters } from '../service/usage/show-usage.ts'
import { metricTable } from './metric-table.ts'
import type { Gauges } from './metrics.ts'

const MS = 1_000

interface Shown {
  findings: [key: string, kind: string, count: number][]
  meters: { meter: string; readAt: number | null; failures: number }[]
}

/** Without a watched key nothing is read; while the journal is away there are no series. */
export async function readUsageForGauges(context: Context): Promise<Shown> {
  if (![...context.keys.values()].some(({ usage }) => usage)) return { findings: [], meters: [] }
  try {
    const [findings, meters] = await Promise.all([readAllFindings(context), showMeters(context)])
    return { findings: [...findings].flatMap(([key, one]) => countOpen(key, one.findings)), meters }
  } catch (error) {
    if (error instanceof JournalError) return { findings: [], meters: [] }
    throw error
  }
}

function countOpen(key: string, findings: readonly Finding[]): Shown['findings'] {
  const open = findings.filter(({ overAt, acceptedAt }) => overAt === undefined && acceptedAt === undefined)
  return [...Map.groupBy(open, ({ kind }) => kind)].map(([kind, some]) => [key, kind, some.length])
}

export function setUsageGauges(gauges: Gauges, { findings, meters }: Shown): void {
  for (const row of [metricTable.usageFindings, metricTable.meterReadAt, metricTable.meterFailures])
    gauges.reset(row)
  for (const [key, kind, count] of findings) gauges.set(metricTable.usageFindings, { key, kind }, count)
  for (const { meter, readAt, failures } of meters) {
    if (readAt !== null) gauges.set(metricTable.meterReadAt, { meter }, readAt / MS)
    gauges.set(metricTable.meterFailures, { meter }, failures)
  }
}
