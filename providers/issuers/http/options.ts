import { z } from 'zod'
import { duration } from '../../shared/options/duration.ts'
import { serviceUrl } from '../../shared/options/service-url.ts'
import { checkOptions } from './checks.ts'
import { authentication, operations, variables } from './schema.ts'

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
    'expected 0-9, a-z or A-Z, and a separator such as a hyphen at the end: the mark needs them to stay readable',
  )

const fields = z.strictObject({
  base: serviceUrl.optional().describe('address below which the paths of the requests stand'),
  hosts: z
    .array(z.string().regex(/^[a-z0-9.-]+(:\d+)?$/, 'expected a host such as api.example.com'))
    .min(1)
    .optional()
    .describe('hosts that may be asked; without it those of the URLs in these options'),
  vars: variables
    .default({})
    .describe('values for templates as `{{ vars.name }}`; secrets only by env or file'),
  auth: authentication.describe('how requests prove who they are'),
  ...operations,
  lifecycle: z
    .enum(['many', 'roll'])
    .default('many')
    .describe('`many`: keys are made and ended freely; `roll`: `create` replaces the key in place'),
  oldKeyOnIssue: z
    .union([z.enum(['lives', 'dies']), z.strictObject({ diesAfter: duration })], {
      error: 'expected lives, dies or { diesAfter: 24h }',
    })
    .optional()
    .describe('what becomes of the old key when a new one is made; needed where `lifecycle` is `roll`'),
  idempotency: z
    .union([z.enum(['unique-name', 'client-id', 'none']), z.strictObject({ header: z.string().min(1) })], {
      error: 'expected unique-name, client-id, none or { header: Idempotency-Key }',
    })
    .optional()
    .describe(
      'how a creation whose answer was lost is settled: `unique-name` looks for the name, `client-id` for the id, ' +
        '`header` sends the mark and repeats, `none` stops for a person; `unique-name` where `lifecycle` is `many`',
    ),
  exclusive: z
    .boolean()
    .default(false)
    .describe(
      'with `idempotency: none`: nobody else makes keys here, so a new one that is not ours is a lost one',
    ),
  name: z
    .strictObject({
      max: z.int().min(40).max(1000).default(128).describe('longest name the issuer takes'),
      alphabet: alphabet
        .default('a-zA-Z0-9-')
        .describe('characters the issuer takes; others become a separator'),
    })
    .default({ max: 128, alphabet: 'a-zA-Z0-9-' })
    .describe("the issuer's grammar for names; the end of a name, the mark, always stays whole"),
  settle: duration
    .default('60s')
    .describe(
      'how long a new key may still be refused, and a revoked one accepted, before that is a verdict',
    ),
  listDelay: duration.default('0s').describe('how late a new key may show in the list'),
  requestLimit: duration.default('30s').describe('time for one request with its whole answer'),
  maxLiveKeys: z.int().min(1).optional().describe('keys the account may have at most'),
})

export const options = fields.superRefine(checkOptions)

export type Options = z.output<typeof fields>

export const summary = 'Any REST API for keys, described in the config alone'
