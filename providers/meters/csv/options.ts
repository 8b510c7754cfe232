/* Options of meter `csv`. */
import { z } from 'zod'
import { configPath } from '../../../src/contracts/config-path.ts'
import { called, every, history, unit } from '../../shared/meter/options.ts'
import { duration } from '../../shared/options/duration.ts'

const column = z.string().min(1).max(200)

export const options = z.strictObject({
  file: configPath('path of the file; its first line names the columns'),
  columns: z
    .strictObject({
      time: column
        .default('time')
        .describe('column with the time: ISO 8601 (UTC without a zone) or seconds since 1970'),
      key: column.default('key').describe('column that names the key'),
      amount: column.default('requests').describe('column with the amount; an empty cell says nothing'),
      consumer: column.optional().describe('column with the consumer'),
      address: column.optional().describe('column with the address it came from'),
      agent: column.optional().describe('column with the program (user agent)'),
      path: column.optional().describe('column with the path or the model'),
    })
    .prefault({})
    .describe('what the columns are called; upper and lower case are the same'),
  delimiter: z
    .enum([',', ';', 'tab'])
    .optional()
    .describe('what is between two cells; the one that the first line has, if not set'),
  is: called.default('key'),
  unit,
  total: z
    .boolean()
    .default(false)
    .describe('the amount is a counter that only grows, and not the use within `covers`'),
  covers: duration.default('1h').describe('how long a time each row counts'),
  stamp: z
    .enum(['start', 'end'])
    .default('start')
    .describe('whether the time of a row is the beginning or the end of what it counts'),
  every: every('1h'),
  history,
})

export type Options = z.output<typeof options>

export const summary = 'Numbers in a CSV file'
