/* Who is told what, and the address whose silence is noticed. */
import { z } from 'zod'
import { secretSource } from '../../contracts/secret-source.ts'
import { label, words } from './names.ts'

const kindText = 'expected a kind of event such as `rotation-rolled-back`, or a beginning such as `usage-*`'
const kind = z
  .string({ error: kindText })
  .max(100)
  .regex(/^[a-z0-9-]*\*?$/, kindText)

const names = z.array(label).min(1).max(20)

export const routeSchema = z.strictObject({
  owners: z.array(words).min(1).max(1000).optional().describe('owners of keys; any if not set'),
  environments: z.array(words).min(1).max(100).optional().describe('environments of keys; any if not set'),
  atLeast: z
    .enum(['info', 'warning', 'alarm'])
    .default('warning')
    .describe('events below this level do not fit'),
  kinds: z
    .array(kind)
    .min(1)
    .max(100)
    .optional()
    .describe('kinds of events; one that ends in `*` means all that begin so; any if not set'),
  notify: names.describe('names of notifiers'),
})

export const routesSchema = z.array(routeSchema).max(1000)

export const ownerSchema = z.strictObject({
  notify: names.describe('names of the notifiers that reach this owner'),
  escalateTo: words
    .optional()
    .describe('another owner of this map, who is told too once half of the time for a person is over'),
})

export const ownersSchema = z.record(words, ownerSchema)

export function makeHeartbeatSchema(duration: z.ZodType<number, string>) {
  return z.strictObject({
    url: secretSource.describe('where the address comes from; whoever knows it can keep your monitor quiet'),
    every: duration
      .refine((everyMs) => everyMs >= 30_000 && everyMs <= 86_400_000, 'expected from 30s to 24h')
      .prefault('5m')
      .describe('how often `serve` calls it; `run` calls it once at its end'),
  })
}

export type RawRoute = z.output<typeof routeSchema>
export type RawOwner = z.output<typeof ownerSchema>
