/* Options of notifier `command`. */

import { z } from 'zod'
import { duration } from '../../shared/options/duration.ts'
import { words } from '../../shared/options/program.ts'

export const options = z.strictObject({
  run: words
    .refine(([program]) => program !== '', 'expected the program first')
    .describe('program and arguments; it reads one event as JSON on standard input'),
  folder: z
    .string()
    .startsWith('/', 'expected an absolute path')
    .optional()
    .describe('working directory of the program; by default the one Keyrota runs in'),
  passEnv: z
    .array(z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name of an environment variable'))
    .max(64)
    .default([])
    .describe('environment variables passed on in addition to PATH, HOME, LANG and TZ'),
  limit: duration.default('10s').describe('time limit for one run of the program'),
})

export type Options = z.output<typeof options>

export const summary = 'A local program that is given each event'
