import type { Command } from 'commander'
import { run } from '../service/run.ts'
import type { Application } from './application.ts'
import { answerRun } from './attended.ts'
import { sayTask } from './sitting.ts'
import { addCommon, addWait, type CommonOptions, withOpened } from './verb.ts'

export function addRun(program: Command, application: Application): void {
  const command = program
    .command('run')
    .description('do all that is due, then exit; safe to run at the same time elsewhere')
    .addHelpText(
      'after',
      '\nExample, every quarter of an hour from cron:\n  */15 * * * * keyrota run --config /etc/keyrota.yaml',
    )
  addWait(addCommon(command)).action(async (options: CommonOptions) => {
    process.exitCode = await withOpened(application, options, async (opened) => {
      const report = await run(opened.context)
      for (const one of report.attended) {
        const isAsking = !options.json && opened.context.keys.has(one.key)
        if (isAsking) await sayTask(opened, one)
      }
      return answerRun(report, options.json ?? false, opened.context.clock.wallMs())
    })
  })
}
