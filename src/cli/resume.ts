/* `keyrota resume` */

import type { Command } from 'commander'
import { resume } from '../service/resume.ts'
import type { Application } from './application.ts'
import { printAttended } from './attended.ts'
import { addCommon, addWait, type CommonOptions, collect, withOpened } from './verb.ts'

export function addResume(program: Command, application: Application): void {
  const command = program
    .command('resume')
    .description('retry a waiting or blocked key, with what you confirm')
    .argument('<key>', 'name of the key in the config')
    .option('--confirm <what>', 'what the block asks you to confirm; repeatable', collect)
    .addHelpText('after', '\nExample:\n  keyrota resume renderer-prod --confirm moved')
  addWait(addCommon(command)).action(async (key: string, options: CommonOptions & { confirm?: string[] }) => {
    process.exitCode = await withOpened(application, options, async (opened) =>
      printAttended(await resume(opened.context, key, options.confirm ?? []), {
        json: options.json ?? false,
        now: opened.context.clock.wallMs(),
      }),
    )
  })
}
