import { z } from 'zod'
import { duration } from '../../shared/options/duration.ts'

export const options = z.strictObject({
  space: z
    .string()
    .min(1)
    .default('default')
    .describe('issuers of one process that name the same space share its keys'),
  lifecycle: z
    .enum(['many', 'slots', 'roll', 'self'])
    .default('many')
    .describe(
      '`many` or `self`: keys are made and ended freely; `slots`: two places; `roll`: a key is replaced in place',
    ),
  oldKeyOnIssue: z
    .union([z.enum(['lives', 'dies']), z.strictObject({ diesAfter: duration })], {
      error: 'expected lives, dies or { diesAfter: 24h }',
    })
    .default('lives')
    .describe('with `roll`: what becomes of the key that was replaced'),
  canEndOverlap: z
    .boolean()
    .default(true)
    .describe('with `roll`: whether the key that was replaced can be ended before its time'),
  canReadBack: z.boolean().default(true).describe('with `roll`: whether the current key can be read'),
  lists: z.boolean().default(false).describe('with `roll`: whether the current key is listed'),
  settle: duration
    .default('0s')
    .describe(
      'how long a new key may still be refused, and a revoked one accepted, before that is a verdict',
    ),
  settleAfterRevoke: duration
    .optional()
    .describe('how long a revoked key may still be accepted, where that is not `settle`'),
  listDelay: duration.default('0s').describe('how late a new key shows in the list'),
  onLostAnswer: z
    .enum(['find', 'repeat', 'infer', 'stop'])
    .default('find')
    .describe(
      'how a lost creation is settled; `repeat`: the same mark returns the same key; `infer`: names are not kept',
    ),
  exclusive: z.boolean().default(false).describe('with `infer`: no other process makes keys in this space'),
  parts: z
    .array(z.string().min(1))
    .min(1)
    .max(8)
    .default(['value'])
    .describe('names of the parts of a key, each with a random value of its own'),
  maxLiveKeys: z.int().min(1).optional().describe('live keys the space holds at most; one more is `quota`'),
  canDisable: z.boolean().default(true).describe('whether a key can be disabled and enabled again'),
  canIdentify: z.boolean().default(true).describe('whether the id of a key can be asked for by its value'),
  revokesByValue: z.boolean().default(false).describe('whether a key is revoked by its value too'),
  tellsLastUsed: z.boolean().default(false).describe('whether the last use of a key is reported'),
})

export type Options = z.output<typeof options>

export const summary = 'Keys in the memory of this process, for tests and dry runs'
