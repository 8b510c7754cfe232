import { z } from 'zod'
import { DURATION_PATTERN, MAX_DURATION_MS, parseDurationMs } from '../../../src/contracts/duration.ts'

/** An option that is a duration, as the config's own durations are: a whole number and one of ms, s, m, h, d, w. */

const text = 'expected a duration such as 500ms, 30s or 24h'

/** The text of a duration, ten years at most; `parseDurationMs` turns it into milliseconds. */
export const duration = z
  .string({ error: text })
  .regex(DURATION_PATTERN, text)
  .refine(
    // A text that is not a duration was refused by the pattern already.
    (given) => !DURATION_PATTERN.test(given) || parseDurationMs(given) <= MAX_DURATION_MS,
    'expected a duration of ten years at most',
  )

export function durationOption(byDefault: string) {
  return duration.default(byDefault)
}

export { parseDurationMs } from '../../../src/contracts/duration.ts'
