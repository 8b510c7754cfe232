/* Options of meter `promql`. */
import { z } from 'zod'
import {
  asking,
  called,
  every,
  history,
  keepsSecrets,
  keepsSecretsText,
  meterUrl,
  unit,
} from '../../shared/meter/options.ts'
import { duration } from '../../shared/options/duration.ts'

const label = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,99}$/, 'expected the name of a label')

export const options = z
  .strictObject({
    url: meterUrl.describe('address of Prometheus, or of what has its HTTP API, without `/api/v1`'),
    query: z
      .string()
      .min(1)
      .max(5000)
      .describe(
        'amount of use in half an hour, for all keys at once, e.g. `sum by (key_id) (increase(gateway_requests_total[30m]))`; with `{{ key }}`, `{{ id }}`, `{{ name }}` or `{{ fingerprint }}` it is asked for each key',
      ),
    key: z
      .strictObject({ label: label.describe('label that names the key'), is: called })
      .optional()
      .describe('how a series names its key; not needed where the query does'),
    control: z
      .string()
      .min(1)
      .max(5000)
      .optional()
      .describe(
        'query that is above 0 while the numbers can be believed, e.g. `min(up{job="gateway"})`; then a key without a series was not used, and only then. Without it that is not known',
      ),
    unit,
    by: z
      .strictObject({
        consumer: label.optional().describe('label with the consumer'),
        address: label.optional().describe('label with the address it came from'),
        agent: label.optional().describe('label with the program (user agent)'),
        path: label.optional().describe('label with the path or the model'),
      })
      .default({})
      .describe('labels that tell where a use came from; the query has to keep them (`sum by (…)`)'),
    every: every('1h'),
    lag: duration.default('1m').describe('how long after its end a time is complete'),
    history,
    ...asking,
  })
  .refine(keepsSecrets, keepsSecretsText)
  .refine(({ query, key }) => key !== undefined || isTemplate(query), {
    path: ['query'],
    error: 'expected `key`, or a query with {{ key }}, {{ id }}, {{ name }} or {{ fingerprint }}',
  })

/** Whether the query is one for each key. */
export function isTemplate(query: string): boolean {
  return VARIABLE.test(query)
}

/** What stands for one key in a query. */
export const VARIABLE = /\{\{ *(key|id|name|fingerprint) *\}\}/

export type Options = z.output<typeof options>

export const summary = 'Metrics of a gateway, by PromQL'
