import type { Command } from 'commander'
import { resume } from '../service/resume.ts'
import type { Application } from './application.ts'
import { answerAttended } from './attended.ts'
import { addCommon, addWait, type CommonOptions, withOpened } from './verb.ts'

export function addResume(program: Command, application: Application): void {
  const command = program
    .command('resume')
    .description('look again at a key that waits or stands blocked, with what you confirm')
    .argument('<key>', 'name of the key in the config')
    .option(
      '--confirm <what>',
      'what the blocked reason asks for; may be given several times',
      (what: string, before: string[]) => [...before, what],
      [] as string[],
    )
    .addHelpText('after', '\nExample:\n  keyrota resume renderer-prod --confirm moved')
  addWait(addCommon(command)).action(async (key: string, options: CommonOptions & { confirm: string[] }) => {
    process.exitCode = await withOpened(application, options, async (opened) =>
      answerAttended(
        await resume(opened.context, key, options.confirm),
        options.json ?? false,
        opened.context.clock.wallMs(),
      ),
    )
  })
}
