/* Options of issuer `http`. */

import { z } from 'zod'
import { authorities } from '../../shared/options/authorities.ts'
import { duration } from '../../shared/options/duration.ts'
import { serviceUrl } from '../../shared/options/service-url.ts'
import { checkOptions } from './checks.ts'
import { partName } from './schema.ts'
import { authentication, lifecycleFields, operations, variables } from './schema-operations.ts'

const alphabet = z
  .string()
  .regex(/^[A-Za-z0-9 _.:/-]+$/, 'expected characters and ranges such as a-z0-9-')
  .refine((text) => {
    try {
      return new RegExp(`[${text}]`) !== undefined
    } catch {
      return false
    }
  }, 'expected ranges in ascending order, such as a-z0-9-')
  .refine(
    (text) => text.includes('0-9') && /a-z|A-Z/.test(text) && /[ _.:/]|-$|^-/.test(text),
    'expected 0-9, a-z or A-Z, and a separator such as a hyphen at the end: a mark needs them',
  )

const fields = z.strictObject({
  base: serviceUrl.optional().describe('base address for the paths of the requests'),
  hosts: z
    .array(z.string().regex(/^[a-z0-9.-]+(:\d+)?$/, 'expected a host such as api.example.com'))
    .min(1)
    .optional()
    .describe('allowed hosts; by default those of the URLs in these options'),
  vars: variables
    .default({})
    .describe('values for templates, used as `{{ vars.name }}`; secrets only as `{ env }` or `{ file }`'),
  auth: authentication.describe('how requests authenticate'),
  ...operations,
  lifecycle: z
    .enum(['many', 'slots', 'roll', 'self', 'operator'])
    .default('many')
    .describe(
      '`many`: keys are created and revoked independently; `slots`: two fixed places, of which `create` regenerates one; ' +
        '`roll`: `create` replaces the key in place; `self`: Keyrota makes the value and `create` adds it; ' +
        '`operator`: a person creates keys, and revokes them unless `revoke` does',
    ),
  ...lifecycleFields,
  publicParts: z
    .array(partName)
    .max(8)
    .default([])
    .describe('parts of a key that are not secret, e.g. an account id; they may be ids and appear in URLs'),
  oldKeyOnIssue: z
    .union([z.enum(['lives', 'dies']), z.strictObject({ diesAfter: duration })], {
      error: 'expected lives, dies or { diesAfter: 24h }',
    })
    .optional()
    .describe(
      'what happens to the old key when a new one is created; required if `lifecycle` is `roll`: `dies` at once, ' +
        '`{ diesAfter }` at the latest after that time, `lives` until `endOverlap`',
    ),
  idempotency: z
    .union([z.enum(['unique-name', 'client-id', 'none']), z.strictObject({ header: z.string().min(1) })], {
      error: 'expected unique-name, client-id, none or { header: Idempotency-Key }',
    })
    .optional()
    .describe(
      'how to recover from a lost response to `create`: `unique-name` finds the key by its name, `client-id` by its id, ' +
        '`header` repeats the request with the mark, `none` blocks for a person; default `unique-name` if the list shows names, else `none`',
    ),
  exclusive: z
    .boolean()
    .default(false)
    .describe(
      'with `idempotency: none`: nothing else creates keys here, so an unknown new key is the lost one',
    ),
  name: z
    .strictObject({
      max: z.int().min(40).max(1000).default(128).describe('longest name the issuer accepts'),
      alphabet: alphabet
        .default('a-zA-Z0-9-')
        .describe('characters the issuer accepts; others become a separator'),
    })
    .default({ max: 128, alphabet: 'a-zA-Z0-9-' })
    .describe('which names the issuer accepts; the mark at the end of a name is never cut'),
  settle: duration
    .default('60s')
    .describe('settle time: how long a new key may still be rejected and a revoked one accepted'),
  settleAfterRevoke: duration
    .optional()
    .describe('how long a revoked key may still be accepted, if that is not `settle`'),
  listDelay: duration.default('0s').describe('how long a new key may be missing from the list'),
  requestLimit: duration.default('30s').describe('time limit for one request and its response'),
  ca: authorities.optional(),
  maxLiveKeys: z.int().min(1).optional().describe('most keys the account may have'),
})

export const options = fields.superRefine(checkOptions)

export type Options = z.output<typeof fields>

export const summary = 'Any REST API for keys, described in the config'
