/* Options of consumer `command`. */

import { z } from 'zod'
import { duration } from '../../shared/options/duration.ts'
import { words } from '../../shared/options/program.ts'

const command = words.refine(
  ([program]) => program !== '' && !program?.includes('{mark}'),
  'expected the program first',
)

export const options = z.strictObject({
  ready: command.describe(
    'program and arguments that report whether the consumer is ready; `{mark}` is replaced by the mark of the restart',
  ),
  restart: command
    .optional()
    .describe(
      'program and arguments that restart every instance, with `{mark}`; omit it if the consumer reloads the key itself',
    ),
  folder: z
    .string()
    .startsWith('/', 'expected an absolute path')
    .optional()
    .describe('working directory of the programs; by default the one Keyrota runs in'),
  passEnv: z
    .array(z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name of an environment variable'))
    .max(64)
    .default([])
    .describe(
      'environment variables passed on in addition to PATH, HOME, LANG and TZ; never list one that holds a secret',
    ),
  progressingExit: z
    .int()
    .min(1)
    .max(125)
    .default(75)
    .describe('exit code of `ready` that means not ready yet (75 is EX_TEMPFAIL in sysexits.h)'),
  limit: duration.default('60s').describe('time limit for one run of a program'),
})

export type Options = z.output<typeof options>

export const summary = 'A workload that local programs restart and check'
