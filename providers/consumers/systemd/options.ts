/* Options of consumer `systemd`. */

import { z } from 'zod'
import { duration } from '../../shared/options/duration.ts'
import { programPath, words } from '../../shared/options/program.ts'

export const options = z.strictObject({
  unit: z
    .string()
    .max(255)
    .regex(
      /^[A-Za-z0-9:_\\][A-Za-z0-9:_.\\-]*(@[A-Za-z0-9:_.\\-]+)?\.service$/,
      'expected the name of one service unit, such as worker.service or worker@eu.service',
    )
    .describe('the service unit'),
  restart: z
    .enum(['restart', 'reload', 'never'])
    .default('restart')
    .describe(
      '`restart` starts it anew; `reload` runs its ExecReload=, which does not read an EnvironmentFile again; `never`: it reads the key again by itself',
    ),
  user: z
    .boolean()
    .default(false)
    .describe('whether it is a unit of the service manager of the user that runs Keyrota'),
  fingerprint: words
    .refine((given) => given[0]?.startsWith('/'), 'expected the absolute path of a program first')
    .optional()
    .describe(
      'program and arguments that ask the running service which key it uses, and print its fingerprint',
    ),
  systemctl: programPath('/usr/bin/systemctl', 'path of systemctl'),
  limit: duration.default('30s').describe('time limit for one run of a program'),
})

export type Options = z.output<typeof options>

export const summary = 'A service unit of systemd on this machine'
