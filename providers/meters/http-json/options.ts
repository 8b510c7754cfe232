/* Options of meter `http-json`. */
import { z } from 'zod'
import { jsonPath } from '../../shared/http/json-path.ts'
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

export const options = z
  .strictObject({
    url: meterUrl.describe(
      'address that is asked by GET; `{{ from }}` and `{{ to }}` stand for seconds since 1970',
    ),
    items: jsonPath.describe('JSONPath of the numbers, one item each, e.g. `$.data[*]`'),
    key: jsonPath.describe('JSONPath, relative to the item, of what names the key'),
    is: called,
    amount: jsonPath.describe('JSONPath, relative to the item, of the amount'),
    time: jsonPath
      .optional()
      .describe(
        'JSONPath, relative to the item, of its time; without it the amount is a counter as it stands now',
      ),
    total: z
      .boolean()
      .default(false)
      .describe('the amount is a counter that only grows, and not the use within `covers`'),
    covers: duration.default('1h').describe('how long a time each item counts'),
    stamp: z
      .enum(['start', 'end'])
      .default('start')
      .describe('whether the time of an item is the beginning or the end of what it counts'),
    by: z
      .strictObject({
        consumer: jsonPath.optional().describe('JSONPath of the consumer'),
        address: jsonPath.optional().describe('JSONPath of the address it came from'),
        agent: jsonPath.optional().describe('JSONPath of the program (user agent)'),
        path: jsonPath.optional().describe('JSONPath of the path or the model'),
      })
      .default({})
      .describe('where a use came from, relative to the item'),
    unit,
    every: every('1h'),
    history,
    ...asking,
  })
  .refine(keepsSecrets, keepsSecretsText)

export type Options = z.output<typeof options>

export const summary = 'Numbers in JSON behind an address'
