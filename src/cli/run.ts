/* `keyrota run` */

import type { Command } from 'commander'
import { run } from '../service/run.ts'
import type { Application } from './application.ts'
import { printRun } from './attended.ts'
import { printTask } from './interactive.ts'
import { addCommon, addWait, type CommonOptions, withOpened } from './verb.ts'

export function addRun(program: Command, application: Application): void {
  const command = program
    .command('run')
    .description('do everything that is due, then exit; safe to run concurrently')
    .addHelpText(
      'after',
      '\nExample (crontab, every 15 minutes):\n  */15 * * * * keyrota run --config /etc/keyrota.yaml',
    )
  addWait(addCommon(command)).action(async (options: CommonOptions) => {
    process.exitCode = await withOpened(application, options, async (opened) => {
      const report = await run(opened.context)
      for (const one of report.attended) {
        const hasTask = !options.json && opened.context.keys.has(one.key)
        if (hasTask) await printTask(opened, one)
      }
      return printRun(report, { json: options.json ?? false, now: opened.context.clock.wallMs() })
    })
  })
}
