/* `keyrota notify` */

import type { Command } from 'commander'
import type { Context } from '../service/context.ts'
import { catchUp } from '../service/notify/catch-up.ts'
import { deliveryOf, type NotifierStatus } from '../service/notify/delivery.ts'
import { type Tried, tryNotifiers } from '../service/notify/try-notifiers.ts'
import type { Application } from './application.ts'
import { describeError, exitCodeOf, exitCodes } from './exit-codes.ts'
import { linesOfNotifier } from './notifier-lines.ts'
import { paint, printResult } from './output.ts'
import { addCommon, type CommonOptions, withOpened } from './verb.ts'

export function addNotify(program: Command, application: Application): void {
  const command = program
    .command('notify')
    .description('test the notifiers, and show what they have not delivered')
  const test = command
    .command('test')
    .description('send a test message to every notifier, or to one, and print what came back')
    .argument('[notifier]', 'name of a notifier in the config (default: all)')
    .addHelpText(
      'after',
      '\nA pager opens an alert, which is resolved at once. Nothing is queued: what fails is told here.\nWhat waits for a notifier that takes the test is sent to it at once.\n\nExample:\n  keyrota notify test team-chat',
    )
  addCommon(test).action(async (name: string | undefined, options: CommonOptions) => {
    process.exitCode = await withOpened(application, { ...options, quiet: true }, async ({ context }) =>
      testAll(context, name, options.json ?? false),
    )
  })
  const list = command
    .command('list')
    .description('show how many messages wait for each notifier, and which ones fail; reads only the journal')
  addCommon(list).action(async (options: CommonOptions) => {
    process.exitCode = await withOpened(application, { ...options, quiet: true }, async ({ context }) => {
      const rows = await deliveryOf(context)
      printResult(options.json ?? false, rows, () => linesOf(rows, context.clock.wallMs()))
      return exitCodes.done
    })
  })
}

async function testAll(context: Context, name: string | undefined, json: boolean): Promise<number> {
  const tried = await tryNotifiers(context, name)
  const working = tried.flatMap(({ notifier, is }) => (is === 'delivered' ? [notifier] : []))
  return printTried(tried, await catchUp(context, working), json)
}

function linesOf(rows: readonly NotifierStatus[], now: number): string[] {
  if (rows.length === 0) return ['the config has no notifiers with messages to deliver']
  return rows.flatMap((row) => linesOfNotifier(row, now))
}

function printTried(tried: readonly Tried[], caughtUp: ReadonlyMap<string, number>, json: boolean): number {
  const rows = tried.map((one) => {
    if (one.is === 'delivered')
      return { ...one, caughtUp: caughtUp.get(one.notifier) ?? 0, code: exitCodes.done }
    const { code, kind, message, nextStep } = describeError(one.error)
    return { notifier: one.notifier, is: one.is, code, kind, message, nextStep }
  })
  const document = rows.map(({ code, ...row }) => ({ ...row, exitCode: code }))
  printResult(json, document, () =>
    rows.flatMap((row) => {
      if (row.is === 'failed')
        return [`${row.notifier}: ${paint('red', 'not delivered')}: ${row.message}`, `  ${row.nextStep}`]
      const said = row.said === null ? '' : `: ${row.said}`
      return [
        `${row.notifier}: delivered in ${Math.round(row.durationMs)} ms${said}`,
        ...(row.caughtUp > 0
          ? [`  and ${row.caughtUp === 1 ? 'one message' : `${row.caughtUp} messages`} that waited`]
          : []),
      ]
    }),
  )
  return exitCodeOf(rows.map(({ code }) => code))
}
