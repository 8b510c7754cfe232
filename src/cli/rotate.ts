/* `keyrota rotate` */

import { type Command, Option } from 'commander'
import type { Attended } from '../engine/attend.ts'
import { rotate } from '../service/rotate.ts'
import type { Application, Opened } from './application.ts'
import { printAttended } from './attended.ts'
import { addFleetOptions, type FleetOptions, findFleetOption } from './fleet/options.ts'
import { printTask, walkThrough } from './interactive.ts'
import { addCommon, addWait, type CommonOptions, parseDuration, type Run, withOpened } from './verb.ts'

const leakable = ['old', 'new', 'both'] as const

type Options = Omit<Asked, 'key'> & FleetOptions

const EXAMPLES = `
Examples:
  keyrota rotate renderer-prod --compromised --leaked old --kill-by 15m --reason "found in a log"
  keyrota rotate --owner video-team --compromised --waves 1,10,100% --reason "laptop stolen"`

export function addRotate(program: Command, application: Application): void {
  const command = program
    .command('rotate')
    .description(
      'rotate one key now, on a terminal with you where it needs a person; or many at once: --all, --issuer, …',
    )
    .argument('[key]', 'name of the key in the config')
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
    .addHelpText('after', EXAMPLES)
  addWait(addCommon(addFleetOptions(command))).action(async (key: string | undefined, options: Options) => {
    checkOptions(command, key, options)
    if (key === undefined) {
      const { rotateMany } = await import('./fleet/rotate-many.ts')
      process.exitCode = await rotateMany(application, command, options)
      return
    }
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

function checkOptions(command: Command, key: string | undefined, options: Options): void {
  const ofMany = findFleetOption(options)
  if (key !== undefined && ofMany !== undefined)
    command.error(`error: ${ofMany} is about many keys; leave ${key} out`, { exitCode: 2 })
  if (key === undefined && (ofMany === undefined || options.first))
    command.error('error: name one key, or choose many: --all, --issuer, --owner, --label, …', {
      exitCode: 2,
    })
  if (!options.compromised && (options.leaked !== undefined || options.killBy !== undefined)) {
    command.error('error: --leaked and --kill-by require --compromised', { exitCode: 2 })
  }
}
