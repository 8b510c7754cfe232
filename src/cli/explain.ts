/* `keyrota explain` */

import type { Command } from 'commander'
import { explain } from '../service/explain.ts'
import type { Application } from './application.ts'
import { formatInstant, paint, printResult } from './output.ts'
import { addCommon, type CommonOptions, withOpened } from './verb.ts'

export function addExplain(program: Command, application: Application): void {
  const command = program
    .command('explain')
    .description('show the timeline of a key or a rotation with its evidence; reads only the journal')
    .argument('<key-or-rotation>', 'key name or rotation id')
    .addHelpText(
      'after',
      '\nExample:\n  keyrota explain renderer-prod\n  keyrota explain 20261122-k7f3qa --json',
    )
  addCommon(command).action(async (what: string, options: CommonOptions) => {
    await withOpened(application, options, async (opened) => {
      const timeline = await explain(opened.context, what)
      printResult(options.json ?? false, timeline, () => [
        paint('bold', `${timeline.key}${timeline.rotation ? `, rotation ${timeline.rotation}` : ''}`),
        ...timeline.entries.flatMap((entry) => [
          `${formatInstant(entry.at)}  ${entry.kind.padEnd(12)}  ${entry.text}`,
          ...(entry.data ? [paint('dim', `${' '.repeat(36)}${JSON.stringify(entry.data)}`)] : []),
        ]),
        ...(timeline.truncated
          ? ['… more entries: run keyrota explain <rotation> for one rotation at a time']
          : []),
      ])
    })
  })
}
