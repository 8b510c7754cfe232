import { z } from 'zod'
import { defaultFleet } from '../../contracts/config.ts'
import { label } from './names.ts'

const percentText = 'expected a percentage from 1% to 100%, such as 25%'
const PERCENT = /^(100|[1-9]\d?)%$/
const WAVE = /^([1-9]\d{0,5}|(100|[1-9]\d?)%)$/
const waveText = 'expected a number of keys or a percentage, such as 10 or 50%'

const percent = z
  .string({ error: percentText })
  .regex(PERCENT, percentText)
  .transform((text) => Number.parseInt(text, 10) / 100)

function sayPercent(part: number): string {
  return `${Math.round(part * 100)}%`
}

/** A number of keys may be written as a number. */
const wave = z
  .union([z.string().regex(WAVE, waveText), z.int().min(1).max(999_999)], { error: waveText })
  .transform(String)

/** `label` cannot be used: a person may be called by an address. */
const person = z.string().min(1).max(200)

/** Labels of a key, for the rows of `--label`. */
export const labelsSchema = z.record(label, z.string().min(1).max(200))

/** Durations are those of the rest of the config, so they come from there. */
export function makeFleetSchema<T extends z.ZodType>(duration: T) {
  const approval = z.strictObject({
    for: z
      .array(z.enum(['break-glass', 'all']))
      .min(1)
      .describe('which campaigns need it'),
    from: z
      .array(person)
      .min(2)
      .max(100)
      .describe('who may approve; two of them have to, the starter may be one'),
    within: duration
      .optional()
      .describe('how long it can be given, and counts until the start; 1h if not set'),
  })
  const breaker = z.strictObject({
    ratio: percent
      .prefault(sayPercent(defaultFleet.breaker.ratio))
      .describe('part of a wave that may fail; more pauses the campaign'),
    least: z
      .int()
      .min(1)
      .max(1000)
      .default(defaultFleet.breaker.least)
      .describe('fewer failures than this pause nothing; that of the canary always does'),
  })
  return z.strictObject({
    sharePerHour: percent
      .prefault(sayPercent(defaultFleet.sharePerHour))
      .describe('part of all keys that campaigns may begin within an hour, and never less than 25 keys'),
    waves: z
      .array(wave)
      .min(1)
      .max(20)
      .refine((all) => all.at(-1) === '100%', 'expected 100% as the last one')
      .prefault([...defaultFleet.waves])
      .describe('how many keys are rotated after each wave, in all; the last one is 100%'),
    atOnce: z
      .int()
      .min(1)
      .max(2000)
      .default(defaultFleet.atOnce)
      .describe('rotations that one process works on at once'),
    stuckAfter: duration
      .optional()
      .describe(
        'a key that a provider holds up for longer counts as failed and is left behind; 15m if not set',
      ),
    breaker: breaker.prefault({}).describe('pauses a campaign that goes wrong'),
    approval: approval.optional().describe('campaigns that two persons have to agree to'),
  })
}
