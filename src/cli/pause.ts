/* `keyrota pause` and `keyrota unpause` */

import { type Command, InvalidArgumentError } from 'commander'
import { formatMinute } from '../contracts/closures.ts'
import { parseWhen } from '../contracts/instant.ts'
import type { Pause } from '../contracts/pause.ts'
import { quoteWord } from '../contracts/shell-word.ts'
import { type Paused, pause, unpause } from '../service/pause.ts'
import type { Application } from './application.ts'
import { exitCodes } from './exit-codes.ts'
import { formatDistance, printResult } from './output.ts'
import { namePerson } from './person.ts'
import { addCommon, type CommonOptions, withOpened } from './verb.ts'

interface Options extends CommonOptions {
  all?: boolean
  until?: (now: number) => number
  reason?: string
}

const MAX_REASON = 200
const MAX_SHOWN = 5

export function addPause(program: Command, application: Application): void {
  const command = program
    .command('pause')
    .description('have no rotation start by itself, for one key or all; what a person asks for is done')
    .argument('[key]', 'name of the key')
    .option('--all', 'every key of this installation, also those that are added later')
    .option('--until <when>', 'a duration, or a time with its offset; then it ends by itself', readWhen)
    .option('--reason <text>', 'shown wherever it holds a key back', parseReason)
    .addHelpText(
      'after',
      [
        '\nA rotation that runs goes on to its end: between two steps both keys are valid.',
        '\nExamples:\n  keyrota pause --all --until 12h --reason "data centre move"',
        '  keyrota pause renderer-prod --until 2027-01-06T08:00+01:00',
      ].join('\n'),
    )
  addCommon(command).action(async (key: string | undefined, options: Options) => {
    const subject = subjectOf(command, key, options)
    process.exitCode = await withOpened(application, options, async (opened) => {
      const now = opened.context.clock.wallMs()
      const { reason } = options
      const until = options.until?.(now)
      const paused = await pause(opened.context, { key: subject, by: namePerson(), until, reason })
      printResult(options.json ?? false, paused, () => linesOf(paused, now))
      return exitCodes.done
    })
  })
}

export function addUnpause(program: Command, application: Application): void {
  const command = program
    .command('unpause')
    .description('end a pause; what is due starts within the limits')
    .argument('[key]', 'name of the key')
    .option('--all', 'the pause of all keys; keys that are paused by themselves stay so')
    .addHelpText('after', '\nExample:\n  keyrota unpause --all')
  addCommon(command).action(async (key: string | undefined, options: Options) => {
    const subject = subjectOf(command, key, options)
    process.exitCode = await withOpened(application, options, async (opened) => {
      const was = await unpause(opened.context, { key: subject, by: namePerson() })
      const about = subject ?? 'all keys'
      const said = was ? `${about}: no longer paused` : `${about}: not paused`
      printResult(options.json ?? false, { key: subject, was }, () => [said])
      return exitCodes.done
    })
  })
}

/** Null: all keys. Neither is guessed: a forgotten name must not pause everything. */
function subjectOf(command: Command, key: string | undefined, { all }: Options): string | null {
  if ((key === undefined) === (all ?? false)) return key ?? null
  return command.error(
    key === undefined ? 'error: name a key, or say --all' : 'error: a key and --all exclude each other',
  )
}

function endOf({ until }: Pause): string {
  return until === undefined ? 'without an end' : `until ${formatMinute(until)}`
}

function linesOf({ key, pause: made, was, expiring, running }: Paused, now: number): string[] {
  const about = key ?? 'all keys'
  const { until } = made
  const end =
    until === undefined
      ? `until somebody ends it: keyrota unpause ${key === null ? '--all' : quoteWord(key)}`
      : `until ${formatMinute(until)}, ${sayLocal(until)} (${formatDistance(until - now)})`
  const more = expiring.length - MAX_SHOWN
  return [
    `${about}: paused ${end}`,
    ...(was ? [`in place of the pause by ${was.by} ${endOf(was)}`] : []),
    ...(running.length > 0 ? [`rotations that run go on: ${running.slice(0, MAX_SHOWN).join(', ')}`] : []),
    ...expiring
      .slice(0, MAX_SHOWN)
      .map(
        ({ key: name, at }) =>
          `${name} expires at ${formatMinute(at)}, while it is paused; rotate it: keyrota rotate ${quoteWord(name)}`,
      ),
    ...(more > 0 ? [`${more} more expire as well`] : []),
  ]
}

/** The same moment on this machine's clock on the wall, so that a mistaken offset is seen. */
function sayLocal(ms: number): string {
  return new Date(ms).toLocaleString('en-GB', { dateStyle: 'full', timeStyle: 'long' })
}

function readWhen(text: string): (now: number) => number {
  if (parseWhen(text, 0) === null)
    throw new InvalidArgumentError(
      'Expected a duration such as 12h or 3d, or a time with its offset such as 2027-01-06T08:00+01:00.',
    )
  return (now) => parseWhen(text, now) ?? now
}

function parseReason(text: string): string {
  const plain = text.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim()
  if (plain === '' || plain.length > MAX_REASON)
    throw new InvalidArgumentError(`Expected at most ${MAX_REASON} characters.`)
  return plain
}
