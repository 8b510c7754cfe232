import { z } from 'zod'

export const options = z.strictObject({
  space: z
    .string()
    .min(1)
    .default('default')
    .describe('journals of one process that name the same space share its records'),
})

export type Options = z.output<typeof options>

export const summary = 'Records in the memory of this process, for tests and dry runs'
