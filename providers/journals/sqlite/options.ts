import { z } from 'zod'

export const options = z.strictObject({
  path: z
    .string()
    .min(1)
    .optional()
    .describe(
      'the database file, by default `journal.sqlite` in the state folder; a relative path starts in that folder too',
    ),
})

export type Options = z.output<typeof options>

export const summary = 'One SQLite file on this machine, with nothing to install'
