/* One range query of the HTTP API of Prometheus. */
import { z } from 'zod'
import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { readJson } from '../../shared/http/client.ts'
import { askMeter } from '../../shared/meter/ask.ts'
import type { Options } from './options.ts'

export interface RangeSeries {
  labels: Readonly<Record<string, string>>
  /** Milliseconds since 1970, and the value there. */
  values: (readonly [number, number])[]
}

interface Range {
  query: string
  from: number
  to: number
  slotMs: number
}

const answer = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.coerce.number(), z.string()])),
      }),
    ),
  }),
  warnings: z.array(z.string()).optional(),
})

/** The values at the end of each step. @throws ProviderError */
export async function queryRange(
  options: Options,
  provider: string,
  { query, from, to, slotMs }: Range,
  call: Call,
): Promise<{ series: RangeSeries[]; warnings: number }> {
  const url = `${options.url.replace(/\/+$/, '')}/api/v1/query_range`
  const form = {
    query,
    start: String((from + slotMs) / 1000),
    end: String(to / 1000),
    step: String(slotMs / 1000),
  }
  const found = answer.safeParse(readJson(await askMeter(options, provider, { url, form }, call)))
  if (!found.success) {
    throw new ProviderError({
      code: 'invalid',
      provider,
      message: 'the answer to the query is no matrix of Prometheus',
      effect: 'none',
      nextStep:
        'Try the query in Prometheus: it has to yield series and not strings, at an address without /api/v1.',
    })
  }
  const { data, warnings = [] } = found.data
  return {
    series: data.result.map(({ metric, values }) => ({
      labels: metric,
      values: values.map(([at, value]) => [Math.round(at * 1000), Number(value)] as const),
    })),
    warnings: warnings.length,
  }
}
