/* How next steps and evidence look on the screen. */

import type { Hold, Standing } from '../contracts/record.ts'
import { describeEvidence, type NextStep } from '../service/next-steps.ts'
import { formatInstant, paint } from './output.ts'

/** What was last seen that is not as it has to be. */
export function linesOfEvidence(hold: Hold | null | undefined): string[] {
  return (hold?.evidence ?? []).map((one) => `  ${paint('dim', 'seen:')} ${describeEvidence(one)}`)
}

/** When a wait is over and what continues then, or by when a person is expected. */
export function linesOfUntil(hold: Hold | null | undefined, standing: Standing): string[] {
  if (!hold?.until || standing === 'blocked') return []
  const until = formatInstant(hold.until)
  if (standing === 'awaiting-operator') return [`  by ${until}`]
  return [`  until ${until}; the first keyrota run after that continues`]
}

/**
 * A line for what each step is about, one for its command, one for what the command does. What the hold says is
 * printed already.
 */
export function linesOfSteps(steps: readonly NextStep[], hold: Hold | null | undefined): string[] {
  let about = hold?.detail
  return steps.flatMap((step, index) => {
    const isNew = step.about !== about
    const word = index > 0 && !isNew ? 'or' : 'next'
    about = step.about
    return [
      ...(isNew ? [`  ${step.about}`] : []),
      `  ${word}: ${paint('bold', step.command)}`,
      ...(step.onlyIf ? [`    only if ${step.onlyIf}`] : []),
      `    ${paint('dim', step.does)}`,
    ]
  })
}
