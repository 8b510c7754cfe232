/* `keyrota plan` */

import type { Command } from 'commander'
import { plan } from '../service/plan.ts'
import type { Application } from './application.ts'
import { formatInstant, printResult } from './output.ts'
import { table } from './table.ts'
import { addCommon, type CommonOptions, withOpened } from './verb.ts'

export function addPlan(program: Command, application: Application): void {
  const command = program
    .command('plan')
    .description('show what is due, the steps it would take, and the next dates; changes nothing')
    .addHelpText('after', '\nExample:\n  keyrota plan')
  addCommon(command).action(async (options: CommonOptions) => {
    await withOpened(application, { ...options, quiet: true }, async (opened) => {
      const planned = await plan(opened.context)
      printResult(options.json ?? false, planned, () => [
        ...table(
          ['KEY', 'DUE', 'WHEN', 'WHY'],
          planned.map((one) => [
            one.key,
            one.due ? 'now' : '',
            one.at === null ? '-' : formatInstant(one.at),
            one.why,
          ]),
        ),
        ...planned
          .filter((one) => one.steps.length > 0)
          .flatMap((one) => [`${one.key}:`, ...one.steps.map((step, index) => `  ${index + 1}. ${step}`)]),
      ])
    })
  })
}
