/* Options of notifier `log`. */

import { z } from 'zod'

export const options = z.strictObject({
  atLeast: z
    .enum(['info', 'warning', 'alarm'])
    .default('info')
    .describe('events below this level are not written'),
})

export type Options = z.output<typeof options>

export const summary = 'One line of JSON per event on standard error'

export const isDirect = true
