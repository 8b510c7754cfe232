import type { Command } from 'commander'
import { rollBack } from '../service/roll-back.ts'
import type { Application } from './application.ts'
import { answerAttended } from './attended.ts'
import { addCommon, addWait, type CommonOptions, withOpened } from './verb.ts'

export function addRollback(program: Command, application: Application): void {
  const command = program
    .command('rollback')
    .description('turn the running rotation back: the old value everywhere, the new key revoked')
    .argument('<key>', 'name of the key in the config')
    .option('--reason <text>', 'stands in the trail', 'asked for by a person')
    .addHelpText('after', '\nExample:\n  keyrota rollback renderer-prod --reason "wrong account"')
  addWait(addCommon(command)).action(async (key: string, options: CommonOptions & { reason: string }) => {
    process.exitCode = await withOpened(application, options, async (opened) =>
      answerAttended(
        await rollBack(opened.context, key, options.reason),
        options.json ?? false,
        opened.context.clock.wallMs(),
      ),
    )
  })
}
