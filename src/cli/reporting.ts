/* How a command reports while it works: lines for people as ever, or a log for machines where that is asked for. */

import { type Command, Option } from 'commander'
import type { Log, LogFormat, LogLevel } from '../telemetry/log/log.ts'
import type { Tracing } from '../telemetry/tracing.ts'
import type { Application } from './application.ts'
import { completeCommands, logNotesTo } from './output.ts'
import { type Detail, type Progress, startProgress } from './progress.ts'
import { joinWatchers } from './watchers.ts'

export interface ReportingOptions {
  json?: boolean
  quiet?: boolean
  verbose?: boolean
  logFormat?: LogFormat
  logLevel?: LogLevel
}

/** By this the API of OpenTelemetry finds the SDK that somebody has loaded, e.g. by `node --import`. */
const OPEN_TELEMETRY = Symbol.for('opentelemetry.js.api.1')

export function addLogging(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--log-format <format>',
        'stderr as a log: one line per event, as JSON or for a terminal (default: lines for people)',
      )
        .choices(['json', 'pretty'])
        .env('KEYROTA_LOG_FORMAT'),
    )
    .addOption(
      new Option('--log-level <level>', 'the least that is logged (default: info; --verbose: debug)')
        .choices(['debug', 'info', 'warn', 'error'])
        .env('KEYROTA_LOG_LEVEL'),
    )
}

/** Libraries are loaded where somebody wants a log, or traces. */
export async function startReporting(options: ReportingOptions, application: Application): Promise<Progress> {
  const tracing = Object.hasOwn(global, OPEN_TELEMETRY)
    ? (await import('../telemetry/tracing.ts')).startTracing(application.version, application.clock)
    : null
  const progress = await startOwn(options, application, tracing)
  return tracing ? { ...progress, watcher: joinWatchers(progress.watcher, tracing.watcher) } : progress
}

async function startOwn(
  options: ReportingOptions,
  { clock }: Application,
  tracing: Tracing | null,
): Promise<Progress> {
  const { logFormat, logLevel } = options
  if (logFormat === undefined && logLevel === undefined) return startProgress(detailOf(options), clock)
  const { openLog } = await import('../telemetry/log/log.ts')
  const log = openLog({
    level: logLevel ?? (options.quiet ? 'warn' : options.verbose ? 'debug' : 'info'),
    format: logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json'),
    stream: process.stderr,
    clock,
    traceOf: tracing?.traceOf,
  })
  logNotesTo(log)
  return logged(log)
}

/** The log in the place of lines on stderr. */
function logged(log: Log): Progress {
  return {
    watcher: log.watcher,
    log,
    during: async (key, what, work) => {
      log.line('debug', what, { key })
      return await work()
    },
    show: (event) =>
      log.event(event.command ? { ...event, command: completeCommands(event.command) } : event),
    stop: () => log.close(),
  }
}

/** A document for a machine comes without progress, unless somebody watches. */
function detailOf(options: ReportingOptions): Detail {
  if (options.quiet) return 'quiet'
  if (options.verbose) return 'verbose'
  return options.json && !process.stderr.isTTY ? 'quiet' : 'normal'
}
