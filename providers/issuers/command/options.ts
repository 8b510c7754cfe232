/* Options of issuer `command`. */

import { z } from 'zod'
import { generated } from '../../shared/issuer/generate.ts'
import { duration } from '../../shared/options/duration.ts'

const command = z
  .array(z.string().max(4096).refine(isWithoutNull, 'an argument cannot contain a null character'))
  .min(1)
  .max(64)
  .refine((words) => words[0] !== '', 'expected the program first')

const partName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'expected the name of a part, e.g. value')

const fields = z.strictObject({
  create: command.describe('program and arguments that create a key'),
  list: command
    .optional()
    .describe('lists the live keys; may be absent if `revoke` needs nothing but the value'),
  revoke: command.describe('revokes a key for good'),
  probe: command.describe('tells whether the service accepts a key, and changes nothing'),
  lifecycle: z
    .enum(['many', 'self'])
    .default('many')
    .describe('`many`: the program returns the new key; `self`: Keyrota makes it and the program adds it'),
  parts: z.array(partName).min(1).max(8).default(['value']).describe('names of the parts of a key'),
  generate: z
    .record(partName, generated)
    .default({})
    .describe('`self`: parts that Keyrota makes, e.g. `{ value: { prefix: app_ } }`'),
  publicParts: z
    .array(partName)
    .max(8)
    .default([])
    .describe('parts of a key that are not secret, e.g. a user name'),
  revokesByValue: z
    .boolean()
    .default(false)
    .describe('`revoke` needs nothing but the parts of the key, so a key of unknown id can be revoked'),
  idempotency: z
    .enum(['unique-name', 'repeat', 'none'])
    .default('unique-name')
    .describe(
      'how to recover from a `create` that was interrupted: `unique-name` finds the key by its name in the list, ' +
        '`repeat` runs it again with the same mark, `none` blocks for a person',
    ),
  exclusive: z
    .boolean()
    .default(false)
    .describe(
      'with `idempotency: none`: nothing else creates keys here, so an unknown new key is the lost one',
    ),
  name: z
    .strictObject({
      max: z.int().min(40).max(1000).default(128).describe('longest name the service accepts'),
      alphabet: z
        .string()
        .regex(/^[A-Za-z0-9 _.:/-]+$/, 'expected characters and ranges such as a-z0-9-')
        .default('a-zA-Z0-9-')
        .describe('characters the service accepts; others become a separator'),
    })
    .default({ max: 128, alphabet: 'a-zA-Z0-9-' })
    .describe('which names the service accepts; the mark at the end of a name is never cut'),
  settle: duration
    .default('60s')
    .describe('settle time: how long a new key may still be rejected and a revoked one accepted'),
  settleAfterRevoke: duration
    .optional()
    .describe('how long a revoked key may still be accepted, if that is not `settle`'),
  listDelay: duration.default('0s').describe('how long a new key may be missing from the list'),
  folder: z
    .string()
    .startsWith('/', 'expected an absolute path')
    .optional()
    .describe('working directory of the programs; by default the one Keyrota runs in'),
  passEnv: z
    .array(z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name of an environment variable'))
    .max(64)
    .default([])
    .describe('environment variables passed on in addition to PATH, HOME, LANG and TZ'),
  limit: duration.default('60s').describe('time limit for one run of a program'),
})

export const options = fields.superRefine((given, context) => {
  const report = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
  const made = Object.keys(given.generate)
  if (given.lifecycle === 'self' && made.length === 0)
    report(['generate'], 'expected at least one part, e.g. { value: {} }')
  if (given.lifecycle === 'many' && made.length > 0) report(['generate'], 'expected only with lifecycle self')
  for (const part of [...made, ...given.publicParts]) {
    if (!given.parts.includes(part)) report(['parts'], `expected ${part} among the parts of a key`)
  }
  if (given.parts.every((part) => given.publicParts.includes(part)))
    report(['publicParts'], 'expected at least one part that is secret')
  if (given.list !== undefined) return
  if (!given.revokesByValue)
    report(['list'], 'expected the program that lists the live keys: only a revoke by value needs none')
  if (given.idempotency === 'unique-name' || given.exclusive)
    report(['idempotency'], 'expected repeat or none without a list')
})

export type Options = z.output<typeof fields>

export const summary = 'Local programs that create, list, revoke and probe keys'

function isWithoutNull(text: string): boolean {
  return !text.includes('\0')
}
