/* What the commands share: options, durations, opening and closing the application. */

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { parseDurationMs } from '../contracts/duration.ts'
import { ServiceError } from '../contracts/errors.ts'
import type { Context } from '../service/context.ts'
import type { Application, Opened } from './application.ts'
import { printCommandsWith, printNote } from './output.ts'
import type { Progress } from './progress.ts'
import { addLogging, type ReportingOptions, startReporting } from './reporting.ts'

export interface CommonOptions extends ReportingOptions {
  config?: string
  wait?: number
}

/** What a command works with besides the application. */
export interface Run {
  stop: AbortSignal
  progress: Progress
}

const DEFAULT_WAIT_MS = 600_000

/** Adds `--config` and `--json`, for every command that reads the config. */
export function addCommon(command: Command): Command {
  return command
    .option('-c, --config <file>', 'config file (default: $KEYROTA_CONFIG, then ./keyrota.yaml)')
    .option('--json', 'one JSON document on stdout, for results and errors')
}

/** Adds `--quiet`, `--verbose` and the options of the log, for commands that take a while. */
export function addProgress(command: Command): Command {
  return addLogging(
    command
      .option('-q, --quiet', 'no progress on stderr, only the result')
      .option('-v, --verbose', 'progress with every outcome and its evidence'),
  )
}

/** Adds `--wait` and the options of progress, for commands that drive a rotation. */
export function addWait(command: Command): Command {
  return addProgress(command).option(
    '--wait <duration>',
    'how long to keep working before leaving the rest to the next run (default: 10m)',
    parseDuration,
  )
}

/** Adds one more value to an option that may be repeated. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

/**
 * Milliseconds of a duration option.
 * @throws InvalidArgumentError if it is not a duration.
 */
export function parseDuration(text: string): number {
  try {
    return parseDurationMs(text)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new InvalidArgumentError('Expected a duration such as 30s, 15m or 24h.')
  }
}

/** Opens the application for one command and closes it afterwards. SIGINT and SIGTERM abort `stop`. */
export async function withOpened<T>(
  application: Application,
  options: CommonOptions,
  work: (opened: Opened, run: Run) => Promise<T>,
): Promise<T> {
  printCommandsWith(options.config)
  const progress = await startReporting(options, application)
  const stopping = new AbortController()
  const stop = (signal: NodeJS.Signals) => {
    if (!stoppedBy.signal && !options.quiet) printNote('stopping after the call under way …')
    stoppedBy.signal = signal
    stopping.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    const opened = await application.open({
      ...(options.config === undefined ? {} : { config: options.config }),
      waitMs: options.wait ?? DEFAULT_WAIT_MS,
      stop: stopping.signal,
      watch: progress.watcher,
      ...(process.stderr.isTTY ? { show: progress.show } : {}),
    })
    nameOtherConfig(options, opened)
    try {
      return await work(opened, { stop: stopping.signal, progress })
    } catch (error) {
      throw withConfig(error, opened)
    } finally {
      await opened.close()
    }
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    progress.stop()
  }
}

/** A person with two configs who asks for a key of the other one has to see which one was read. */
function withConfig(error: unknown, { file }: Opened): unknown {
  if (!(error instanceof ServiceError) || error.code !== 'unknown-key') return error
  return new ServiceError(error.code, error.message, `${error.nextStep}\nThe config is ${file}.`)
}

/** For commands that only look: what the rights of this person do not reach is said, and left out. */
export function looking(context: Context): Context {
  const said = new Set<string>()
  return {
    ...context,
    untold: (what, { message, nextStep }) => {
      if (!said.has(what)) printNote(`not shown: ${what}. ${message}\n  next: ${nextStep}`)
      said.add(what)
    },
  }
}

/** Says on a terminal that the config in this folder is not the one that was read. */
function nameOtherConfig(options: CommonOptions, { file }: Opened): void {
  const here = resolve('keyrota.yaml')
  if (options.config !== undefined || options.json || !process.stderr.isTTY) return
  if (file !== here && existsSync(here)) printNote(`config: ${file} (KEYROTA_CONFIG), not ${here}`)
}

/** The signal that stopped the command, for the exit code. */
export const stoppedBy: { signal: NodeJS.Signals | null } = { signal: null }
