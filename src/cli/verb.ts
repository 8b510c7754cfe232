/* What the commands share: options, durations, opening and closing the application. */

import { type Command, InvalidArgumentError } from 'commander'
import { parseDurationMs } from '../contracts/duration.ts'
import type { Application, Opened } from './application.ts'
import { watchProgress } from './progress.ts'

export interface CommonOptions {
  config?: string
  json?: boolean
  wait?: number
}

const DEFAULT_WAIT_MS = 600_000

/** Adds `--config` and `--json`, for every command that reads the config. */
export function addCommon(command: Command): Command {
  return command
    .option('-c, --config <file>', 'config file (default: $KEYROTA_CONFIG, then ./keyrota.yaml)')
    .option('--json', 'one JSON document on stdout')
}

/** Adds `--wait`, for commands that drive a rotation. */
export function addWait(command: Command): Command {
  return command.option(
    '--wait <duration>',
    'how long to keep working before leaving the rest to the next run (default: 10m)',
    parseDuration,
  )
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
  work: (opened: Opened, stop: AbortSignal) => Promise<T>,
): Promise<T> {
  const stopping = new AbortController()
  const stop = (signal: NodeJS.Signals) => {
    stoppedBy.signal = signal
    stopping.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  const opened = await application.open({
    ...(options.config === undefined ? {} : { config: options.config }),
    waitMs: options.wait ?? DEFAULT_WAIT_MS,
    stop: stopping.signal,
    ...(options.json ? {} : { watch: watchProgress(application.clock) }),
  })
  try {
    return await work(opened, stopping.signal)
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    await opened.close()
  }
}

/** The signal that stopped the command, for the exit code. */
export const stoppedBy: { signal: NodeJS.Signals | null } = { signal: null }
