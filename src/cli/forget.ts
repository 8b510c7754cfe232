/* `keyrota forget` */

import type { Command } from 'commander'
import { quoteWord } from '../contracts/shell-word.ts'
import { forget } from '../service/rename.ts'
import type { Application } from './application.ts'
import { exitCodes } from './exit-codes.ts'
import { printResult } from './output.ts'
import { addCommon, type CommonOptions, withOpened } from './verb.ts'

export function addForget(program: Command, application: Application): void {
  const command = program
    .command('forget')
    .description('take the record of a key out that the config no longer has; changes nothing at the issuer')
    .argument('<key>', 'name that the config no longer has')
    .option('--yes', 'also while its rotation runs or a key of it is still to be deleted')
    .addHelpText('after', '\nExample:\n  keyrota forget renderer-old')
  addCommon(command).action(async (key: string, options: CommonOptions & { yes?: boolean }) => {
    process.exitCode = await withOpened(application, options, async (opened) => {
      const forgotten = await forget(opened.context, key, { anyway: options.yes ?? false })
      printResult(options.json ?? false, forgotten, () => [
        `${key} is forgotten; its trail stays readable: keyrota explain ${quoteWord(key)}`,
        ...(forgotten.remains.length > 0 ? ['what remains:'] : []),
        ...forgotten.remains.map((line) => `  ${line}`),
      ])
      return exitCodes.done
    })
  })
}
