/* `keyrota explain` */

import type { Command } from 'commander'
import type { KeyRecord } from '../contracts/record.ts'
import { explain } from '../service/explain.ts'
import { nextStepsOf } from '../service/next-steps.ts'
import type { Application } from './application.ts'
import { formatInstant, paint, printResult } from './output.ts'
import { linesOfEvidence, linesOfSteps } from './step-lines.ts'
import { addCommon, type CommonOptions, withOpened } from './verb.ts'

export function addExplain(program: Command, application: Application): void {
  const command = program
    .command('explain')
    .description('show the timeline of a key or a rotation with its evidence; reads only the journal')
    .argument('<key-or-rotation>', 'key name or rotation id')
    .addHelpText(
      'after',
      '\nExamples:\n  keyrota explain renderer-prod\n  keyrota explain 20261122-k7f3qa --json',
    )
  addCommon(command).action(async (what: string, options: CommonOptions) => {
    await withOpened(application, { ...options, quiet: true }, async (opened) => {
      const timeline = await explain(opened.context, what)
      printResult(options.json ?? false, timeline, () => [
        paint('bold', `${timeline.key}${timeline.rotation ? `, rotation ${timeline.rotation}` : ''}`),
        ...timeline.entries.flatMap((entry) => [
          `${formatInstant(entry.at)}  ${entry.kind.padEnd(12)}  ${entry.text}`,
          ...(entry.data ? [paint('dim', `${' '.repeat(36)}${JSON.stringify(entry.data)}`)] : []),
        ]),
        ...linesOfHold(timeline.record),
        ...(timeline.truncated
          ? ['… more entries: run keyrota explain <rotation> for one rotation at a time']
          : []),
      ])
    })
  })
}

/** What it waits for now: the trail has the changes, the record what was last seen. */
function linesOfHold(record: KeyRecord | null): string[] {
  if (!record) return []
  const hold = record.rotation?.hold
  const now = hold ? [paint('bold', `now: ${hold.detail}`), ...linesOfEvidence(hold)] : []
  return [...now, ...linesOfSteps(nextStepsOf(record), hold)]
}
