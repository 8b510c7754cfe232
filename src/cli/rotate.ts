/* `keyrota rotate` */

import { type Command, Option } from 'commander'
import type { Attended } from '../engine/attend.ts'
import { rotate } from '../service/rotate.ts'
import type { Application, Opened } from './application.ts'
import { printAttended } from './attended.ts'
import { printTask, walkThrough } from './interactive.ts'
import { addCommon, addWait, type CommonOptions, parseDuration, type Run, withOpened } from './verb.ts'

const leakable = ['old', 'new', 'both'] as const

type Options = Omit<Asked, 'key'>

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
      const after = await rotateHere(opened, run, { ...options, key })
      return printAttended(after, {
        json: options.json ?? false,
        now: opened.context.clock.wallMs(),
        asked: true,
      })
    })
  })
}

/** What is asked of a rotation, as a person types it. */
export interface Asked extends CommonOptions {
  key: string
  first?: boolean
  compromised?: boolean
  leaked?: (typeof leakable)[number]
  killBy?: number
  reason?: string
}

/** Rotates one key, with the person at the terminal if there is one. */
export async function rotateHere(opened: Opened, run: Run, asked: Asked): Promise<Attended> {
  const attended = await rotate(opened.context, asked.key, {
    ...(asked.reason === undefined ? {} : { why: asked.reason }),
    ...(asked.first ? { first: true } : {}),
    ...(asked.compromised
      ? {
          compromised: {
            leaked: asked.leaked ?? 'both',
            ...(asked.killBy === undefined ? {} : { killAfterMs: asked.killBy }),
          },
        }
      : {}),
  })
  const isDialogue = !asked.json && process.stdin.isTTY
  if (isDialogue) return await walkThrough(opened, attended, run)
  if (!asked.json) await printTask(opened, attended)
  return attended
}

function checkOptions(command: Command, options: Options): void {
  if (!options.compromised && (options.leaked !== undefined || options.killBy !== undefined)) {
    command.error('error: --leaked and --kill-by require --compromised', { exitCode: 2 })
  }
}
