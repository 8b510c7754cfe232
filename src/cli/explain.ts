import type { Command } from 'commander'
import { explain } from '../service/explain.ts'
import type { Application } from './application.ts'
import { answer, formatInstant, paint } from './output.ts'
import { addCommon, type CommonOptions, withOpened } from './verb.ts'

export function addExplain(program: Command, application: Application): void {
  const command = program
    .command('explain')
    .description('the timeline of a key or a rotation, with its evidence, from the journal alone')
    .argument('<what>', 'name of a key, or id of a rotation')
    .addHelpText(
      'after',
      '\nExample:\n  keyrota explain renderer-prod\n  keyrota explain 20261122-k7f3qa --json',
    )
  addCommon(command).action(async (what: string, options: CommonOptions) => {
    await withOpened(application, options, async (opened) => {
      const told = await explain(opened.context, what)
      answer(options.json ?? false, told, () => [
        paint('bold', `${told.key}${told.rotation ? `, rotation ${told.rotation}` : ''}`),
        ...told.entries.flatMap((entry) => [
          `${formatInstant(entry.at)}  ${entry.kind.padEnd(12)}  ${entry.text}`,
          ...(entry.data ? [paint('dim', `${' '.repeat(36)}${JSON.stringify(entry.data)}`)] : []),
        ]),
        ...(told.truncated ? ['… more entries; read them with --json in parts by rotation'] : []),
      ])
    })
  })
}
