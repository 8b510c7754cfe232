import { z } from 'zod'
import { DURATION_PATTERN, MAX_DURATION_MS, parseDurationMs } from '../../contracts/duration.ts'
import { label } from './names.ts'

const text = 'expected a duration of an hour to ten years, such as 6h'
const silence = z
  .string({ error: text })
  .regex(DURATION_PATTERN, text)
  .transform(parseDurationMs)
  .refine((ms) => ms >= 3_600_000 && ms <= MAX_DURATION_MS, text)

const policy = z.enum(['tell', 'ask', 'rotate'], { error: 'expected tell, ask or rotate' })

/** `usage` of a key, or of `defaults`. */
export const usageSchema = z.strictObject({
  from: z
    .array(label)
    .min(1)
    .max(5)
    .describe('names of the meters that tell how much the key is used; `issuer` is its own issuer'),
  mostPerHour: z
    .int()
    .min(0)
    .max(2 ** 40)
    .optional()
    .describe('more in one hour is a finding, whatever is usual'),
  ratio: z
    .number()
    .min(1.5)
    .max(1000)
    .default(3)
    .describe('so many times what is usual in the hour of the week is a spike; needs two weeks of data'),
  idle: z.boolean().default(false).describe('nobody should use the key: any use is a finding'),
  silentFor: silence
    .optional()
    .describe('so long without a use, in hours in which the key is usually used, is a finding'),
  policy: policy
    .default('tell')
    .describe(
      'what follows from a finding: `tell` people, `ask` them to rotate the key, or `rotate` it as compromised, at most once a day',
    ),
  policies: z
    .strictObject({
      limit: policy.optional().describe('more than `mostPerHour`'),
      spike: policy.optional().describe('more than `ratio` times what is usual'),
      'old-key': policy.optional().describe('the old key is used after the cut-over, or once it is revoked'),
      idle: policy.optional().describe('use of a key that should be idle'),
      silence: z
        .enum(['tell', 'ask'], { error: 'expected tell or ask: nothing is rotated because of a silence' })
        .optional()
        .describe('no use of a key that should be busy'),
      'new-source': policy
        .optional()
        .describe('use by a consumer, an address or a program that was never seen'),
      'new-path': policy.optional().describe('use of a path or model that was never seen'),
    })
    .default({})
    .describe('the policy for one kind of finding, where it differs'),
})

export type RawUsage = z.output<typeof usageSchema>
