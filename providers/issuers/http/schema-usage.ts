/* The schema of `usage`: how much the service says that its keys were used. */

import { z } from 'zod'
import { jsonPath } from '../../shared/http/json-path.ts'
import { duration } from '../../shared/options/duration.ts'
import { request } from './schema.ts'

export const usage = z.strictObject({
  ...request,
  items: jsonPath.describe('JSONPath of the numbers, one item each, e.g. `$.data[*]`'),
  id: jsonPath.describe("JSONPath of the key's id, relative to the item"),
  amount: jsonPath.optional().describe('JSONPath of how much it was used, relative to the item'),
  lastUsed: jsonPath
    .optional()
    .describe('JSONPath of the last use, relative to the item, if there is no `amount`'),
  time: jsonPath
    .optional()
    .describe('JSONPath of the time that the amount counts; without it, that is from `from` to `to`'),
  covers: duration.default('1h').describe('with `time`: how long a time that begins then'),
  total: z
    .boolean()
    .default(false)
    .describe('the amount is a counter that only grows, as it stands now or at `time`'),
  unit: z.enum(['requests', 'credits']).default('requests').describe('what is counted'),
  by: z
    .strictObject({
      consumer: jsonPath.optional().describe('JSONPath of the consumer'),
      address: jsonPath.optional().describe('JSONPath of the address it came from'),
      agent: jsonPath.optional().describe('JSONPath of the program (user agent)'),
      path: jsonPath.optional().describe('JSONPath of the path or the model'),
    })
    .default({})
    .describe('where a use came from, relative to the item'),
})
export type UsageOptions = z.output<typeof usage>
