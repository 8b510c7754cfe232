import { z } from 'zod'
import { duration } from '../../shared/options/duration.ts'

const command = z
  .array(z.string().max(4096).refine(isWithoutNull, 'an argument cannot hold a null character'))
  .min(1)
  .max(64)
  .refine((words) => words[0] !== '' && !words[0]?.includes('{mark}'), 'expected the program first')

export const options = z.strictObject({
  ready: command.describe(
    'program and arguments that tell whether the consumer is ready; `{mark}` stands for the mark of the restart',
  ),
  restart: command
    .optional()
    .describe(
      'program and arguments that restart every instance, with `{mark}`; absent: the consumer picks a new value up by itself',
    ),
  folder: z
    .string()
    .startsWith('/', 'expected an absolute path')
    .optional()
    .describe('where the programs run; by default the folder that Keyrota runs in'),
  passEnv: z
    .array(z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name of an environment variable'))
    .max(64)
    .default([])
    .describe(
      'variables that the programs get beside PATH, HOME, LANG and TZ; never name one that holds a secret',
    ),
  progressingExit: z
    .int()
    .min(1)
    .max(125)
    .default(75)
    .describe('exit code of `ready` that means not ready yet (75 is EX_TEMPFAIL of sysexits.h)'),
  limit: duration.default('60s').describe('how long one run of a program may take'),
})

export type Options = z.output<typeof options>

export const summary = 'Anything that programs of this machine restart and ask'

function isWithoutNull(text: string): boolean {
  return !text.includes('\0')
}
