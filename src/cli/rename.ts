/* `keyrota rename` */

import type { Command } from 'commander'
import { rename } from '../service/rename.ts'
import type { Application } from './application.ts'
import { exitCodes } from './exit-codes.ts'
import { printResult } from './output.ts'
import { addCommon, type CommonOptions, withOpened } from './verb.ts'

export function addRename(program: Command, application: Application): void {
  const command = program
    .command('rename')
    .description('carry the record of a key on under its new name, after it was renamed in the config')
    .argument('<old>', 'name that the config no longer has')
    .argument('<new>', 'name of the key in the config')
    .addHelpText('after', '\nExample:\n  keyrota rename renderer-prod video-prod')
  addCommon(command).action(async (from: string, to: string, options: CommonOptions) => {
    process.exitCode = await withOpened(application, options, async (opened) => {
      const renamed = await rename(opened.context, from, to)
      printResult(options.json ?? false, renamed, () => [
        `${from} is now ${to}; its record and its trail go on under that name`,
        ...renamed.carries.map((line) => `  ${line}`),
      ])
      return exitCodes.done
    })
  })
}
