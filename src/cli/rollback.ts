/* `keyrota rollback` */

import type { Command } from 'commander'
import { rollBack } from '../service/roll-back.ts'
import type { Application } from './application.ts'
import { printAttended } from './attended.ts'
import { addCommon, addWait, type CommonOptions, withOpened } from './verb.ts'

export function addRollback(program: Command, application: Application): void {
  const command = program
    .command('rollback')
    .description('roll the running rotation back: restore the old key everywhere, revoke the new one')
    .argument('<key>', 'name of the key in the config')
    .option('--reason <text>', 'recorded in the audit trail', 'requested by a person')
    .addHelpText('after', '\nExample:\n  keyrota rollback renderer-prod --reason "wrong account"')
  addWait(addCommon(command)).action(async (key: string, options: CommonOptions & { reason: string }) => {
    process.exitCode = await withOpened(application, options, async (opened) =>
      printAttended(await rollBack(opened.context, key, options.reason), {
        json: options.json ?? false,
        now: opened.context.clock.wallMs(),
      }),
    )
  })
}
