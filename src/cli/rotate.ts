import { type Command, InvalidArgumentError } from 'commander'
import { rotate } from '../service/rotate.ts'
import type { Application } from './application.ts'
import { answerAttended } from './attended.ts'
import { sayTask, sitOut } from './sitting.ts'
import { addCommon, addWait, type CommonOptions, parseDuration, withOpened } from './verb.ts'

interface Options extends CommonOptions {
  compromised?: boolean
  leaked?: 'old' | 'new' | 'both'
  killBy?: number
  reason?: string
}

export function addRotate(program: Command, application: Application): void {
  const command = program
    .command('rotate')
    .description('rotate one key now; for a key that a person makes, the whole in one sitting on a terminal')
    .argument('<key>', 'name of the key in the config')
    .option('--compromised', 'the key may have leaked: no overlap')
    .option('--leaked <which>', 'with --compromised: old, new or both (default: both)', parseLeaked)
    .option(
      '--kill-by <duration>',
      'with --compromised: end the old key after this long, whoever still uses it',
      parseDuration,
    )
    .option('--reason <text>', 'stands in the trail')
    .addHelpText(
      'after',
      '\nExample:\n  keyrota rotate renderer-prod --compromised --leaked old --kill-by 15m --reason "found in a log"',
    )
  addWait(addCommon(command)).action(async (key: string, options: Options) => {
    checkOptions(command, options)
    process.exitCode = await withOpened(application, options, async (opened, stop) => {
      const attended = await rotate(opened.context, key, {
        ...(options.reason === undefined ? {} : { why: options.reason }),
        ...(options.compromised
          ? {
              compromised: {
                leaked: options.leaked ?? 'both',
                ...(options.killBy === undefined ? {} : { killAfterMs: options.killBy }),
              },
            }
          : {}),
      })
      const after = options.json || !process.stdin.isTTY ? attended : await sitOut(opened, attended, stop)
      if (!options.json) await sayTask(opened, after)
      return answerAttended(after, options.json ?? false, opened.context.clock.wallMs())
    })
  })
}

function checkOptions(command: Command, options: Options): void {
  if (!options.compromised && (options.leaked !== undefined || options.killBy !== undefined)) {
    command.error('error: --leaked and --kill-by go with --compromised', { exitCode: 2 })
  }
}

function parseLeaked(text: string): 'old' | 'new' | 'both' {
  if (text === 'old' || text === 'new' || text === 'both') return text
  throw new InvalidArgumentError('Write old, new or both.')
}
