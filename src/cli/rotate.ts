/* `keyrota rotate` */

import { type Command, Option } from 'commander'
import { rotate } from '../service/rotate.ts'
import type { Application } from './application.ts'
import { printAttended } from './attended.ts'
import { printTask, walkThrough } from './interactive.ts'
import { addCommon, addWait, type CommonOptions, parseDuration, withOpened } from './verb.ts'

const leakable = ['old', 'new', 'both'] as const

interface Options extends CommonOptions {
  compromised?: boolean
  first?: boolean
  leaked?: (typeof leakable)[number]
  killBy?: number
  reason?: string
}

export function addRotate(program: Command, application: Application): void {
  const command = program
    .command('rotate')
    .description('rotate one key now; on a terminal, walks you through a rotation that needs a person')
    .argument('<key>', 'name of the key in the config')
    .option('--first', 'create the first key if no target holds one')
    .option('--compromised', 'the key may have leaked: skip the overlap')
    .addOption(
      new Option('--leaked <which>', 'with --compromised: which key leaked (default: both)').choices(
        leakable,
      ),
    )
    .option(
      '--kill-by <duration>',
      'with --compromised: revoke the old key after this long, even if it is still in use',
      parseDuration,
    )
    .option('--reason <text>', 'recorded in the audit trail')
    .addHelpText(
      'after',
      '\nExample:\n  keyrota rotate renderer-prod --compromised --leaked old --kill-by 15m --reason "found in a log"',
    )
  addWait(addCommon(command)).action(async (key: string, options: Options) => {
    checkOptions(command, options)
    process.exitCode = await withOpened(application, options, async (opened, run) => {
      const attended = await rotate(opened.context, key, {
        ...(options.reason === undefined ? {} : { why: options.reason }),
        ...(options.first ? { first: true } : {}),
        ...(options.compromised
          ? {
              compromised: {
                leaked: options.leaked ?? 'both',
                ...(options.killBy === undefined ? {} : { killAfterMs: options.killBy }),
              },
            }
          : {}),
      })
      const isDialogue = !options.json && process.stdin.isTTY
      const after = isDialogue ? await walkThrough(opened, attended, run) : attended
      if (!options.json && !isDialogue) await printTask(opened, after)
      return printAttended(after, {
        json: options.json ?? false,
        now: opened.context.clock.wallMs(),
        asked: true,
      })
    })
  })
}

function checkOptions(command: Command, options: Options): void {
  if (!options.compromised && (options.leaked !== undefined || options.killBy !== undefined)) {
    command.error('error: --leaked and --kill-by require --compromised', { exitCode: 2 })
  }
}
