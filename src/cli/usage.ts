/* `keyrota usage`, with `add` and `accept`. */

import { type Command, InvalidArgumentError } from 'commander'
import { parseInstant } from '../contracts/instant.ts'
import type { FindingKind } from '../contracts/usage.ts'
import { acceptFindings } from '../service/usage/accept-findings.ts'
import { type Added, addUsage as addNumbers } from '../service/usage/add-usage.ts'
import { showMeters, showUsage } from '../service/usage/show-usage.ts'
import type { Application } from './application.ts'
import { exitCodes } from './exit-codes.ts'
import { formatInstant, paint, printResult } from './output.ts'
import { linesOfUsage } from './usage-lines.ts'
import { addCommon, type CommonOptions, withOpened } from './verb.ts'

const KINDS: readonly FindingKind[] = [
  ...(['limit', 'spike', 'old-key', 'idle', 'silence', 'new-source', 'new-path'] as const),
]

export function addUsage(program: Command, application: Application): void {
  const command = program
    .command('usage')
    .description('show how much keys are used and what was found about it; add numbers of a dashboard')
  addShow(command, application)
  addAdd(command, application)
  addAccept(command, application)
}

function addShow(usage: Command, application: Application): void {
  const command = usage
    .command('show', { isDefault: true })
    .description('show use, what is usual and findings, from the journal; asks no meter')
    .argument('[keys...]', 'names of keys (default: all that are watched)')
    .addHelpText('after', '\nExamples:\n  keyrota usage\n  keyrota usage renderer-prod --json')
  addCommon(command).action(async (keys: string[], options: CommonOptions) => {
    process.exitCode = await withOpened(application, { ...options, quiet: true }, async ({ context }) => {
      const shown = await showUsage(context, keys)
      const meters = await showMeters(context)
      printResult(options.json ?? false, { keys: shown, meters }, () =>
        linesOfUsage(shown, meters, { isOne: keys.length > 0, now: context.clock.wallMs() }),
      )
      return exitCodes.done
    })
  })
}

interface AddOptions extends CommonOptions {
  requests?: number
  credits?: number
  at?: number
  from?: number
  total?: boolean
}

function addAdd(usage: Command, application: Application): void {
  const command = usage
    .command('add')
    .description('add numbers that a dashboard shows; they are judged like those of a meter')
    .argument('<key>', 'name of the key in the config')
    .option('--requests <number>', 'requests that were made', parseCount)
    .option('--credits <number>', 'credits that were used', parseAmount)
    .option('--at <time>', 'when the dashboard showed them (default: now)', parseTime)
    .option(
      '--from <time>',
      'the beginning of the time that they count (default: the end of the last one)',
      parseTime,
    )
    .option('--total', 'the dashboard shows a counter: the numbers since the last time are the difference')
    .addHelpText(
      'after',
      [
        '\nExamples:',
        '  keyrota usage add renderer-prod --total --requests 18204 --credits 911',
        '  keyrota usage add renderer-prod --requests 350 --from 2026-11-27T09:00Z --at 2026-11-27T10:00Z',
      ].join('\n'),
    )
  addCommon(command).action(async (key: string, options: AddOptions) => {
    process.exitCode = await withOpened(application, options, async ({ context }) => {
      const { requests, credits, from, total = false } = options
      const added = await addNumbers(context, key, {
        ...{ at: options.at ?? context.clock.wallMs(), total },
        ...(requests === undefined ? {} : { requests }),
        ...(credits === undefined ? {} : { credits }),
        ...(from === undefined ? {} : { from }),
      })
      printResult(options.json ?? false, added, () => linesOfAdded(added))
      return added.findings.some(({ policy }) => policy !== 'tell') ? exitCodes.needsPerson : exitCodes.done
    })
  })
}

function linesOfAdded({ taken, findings }: Added): string[] {
  return [
    ...taken.map(({ unit, amount, beganAt, endedAt, beganAgain }) =>
      beganAt === null
        ? `${unit}: the counter as it stood at ${formatInstant(endedAt)} is on record; the next one shows the use since then`
        : `${unit}: ${amount} from ${formatInstant(beganAt)} to ${formatInstant(endedAt)}${beganAgain ? '; the counter is lower than the last one, so it is taken to have begun again' : ''}`,
    ),
    ...findings.map(({ kind, text }) => paint('red', `${kind}: ${text}`)),
  ]
}

function addAccept(usage: Command, application: Application): void {
  const command = usage
    .command('accept')
    .description('say that what was found about the use of a key is all right')
    .argument('<key>', 'name of the key')
    .argument('[kind]', `one of ${KINDS.join(', ')} (default: all)`, parseKind)
    .addHelpText('after', '\nExample:\n  keyrota usage accept renderer-prod new-source')
  addCommon(command).action(async (key: string, kind: FindingKind | undefined, options: CommonOptions) => {
    process.exitCode = await withOpened(application, options, async ({ context }) => {
      const accepted = await acceptFindings(context, key, kind)
      printResult(options.json ?? false, { key, accepted }, () =>
        accepted.map((one) => `accepted: ${one.kind}: ${one.text}`),
      )
      return exitCodes.done
    })
  })
}

function parseKind(text: string): FindingKind {
  const kind = KINDS.find((one) => one === text)
  if (kind === undefined) throw new InvalidArgumentError(`Expected one of ${KINDS.join(', ')}.`)
  return kind
}

/** A point may part thousands, and half a request is none. */
function parseCount(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected a whole number without points or commas, such as 18204.')
}

function parseAmount(text: string): number {
  if (/^\d{1,12}(\.\d{1,6})?$/.test(text)) return Number(text)
  throw new InvalidArgumentError(
    text.includes(',')
      ? 'A comma may part thousands or decimals: write 1234.5.'
      : 'Expected a number that is not negative, such as 1234 or 1234.5.',
  )
}

/** With its zone: a person and a server may mean different ones. */
function parseTime(text: string): number {
  const at = parseInstant(text)
  if (at === null)
    throw new InvalidArgumentError(
      'Expected a time with its zone, such as 2026-11-27T10:00Z or 2026-11-27T10:00+01:00.',
    )
  return at
}
