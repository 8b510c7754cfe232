/* How next steps and evidence look on the screen. */

import type { Hold } from '../contracts/record.ts'
import type { NextStep } from '../service/next-steps.ts'
import { describeEvidence } from '../workflow/words/evidence.ts'
import { paint } from './output.ts'

/** What was last seen that is not as it has to be. */
export function linesOfEvidence(hold: Hold | null | undefined): string[] {
  return (hold?.evidence ?? []).map((one) => `  ${paint('dim', 'seen:')} ${describeEvidence(one)}`)
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
      `    ${paint('dim', step.does)}`,
    ]
  })
}
