/* `keyrota serve` */

import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Listening } from '../http-server/listen-within.ts'
import { ServiceError } from '../service/context.ts'
import { prepareServe } from '../service/serve/serve.ts'
import type { ServeListener, Serving } from '../service/serve/source.ts'
import { createSummarize } from '../service/summarize.ts'
import type { Page } from '../telemetry/listen.ts'
import type { Log } from '../telemetry/log/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Application, LiveOpened } from './application.ts'
import { describeError, exitCodes } from './exit-codes.ts'
import { completeCommands, printCommandsWith, printNote } from './output.ts'
import type { Progress } from './progress.ts'
import { startReceiving } from './receiving.ts'
import { type ReportingOptions, startReporting } from './reporting.ts'
import { addProgress, parseDuration } from './verb.ts'
import { warnOfSecrets } from './warn-of-secrets.ts'
import { joinWatchers } from './watchers.ts'

interface Address {
  host: string
  port: number
}

interface Options extends ReportingOptions {
  config?: string
  listen: Address | null
  receive: Address | null
  grace: number
}

/** Kubernetes kills a pod 30 s after it asked it to end. */
const DEFAULT_GRACE_MS = 25_000
const DEFAULT_LISTEN: Address = { host: '127.0.0.1', port: 9464 }
const DEFAULT_RECEIVE: Address = { host: '127.0.0.1', port: 9465 }

export function addServe(program: Command, application: Application): void {
  const command = program
    .command('serve')
    .description('do everything that is due, for as long as it runs; several processes share the work')
    .option('-c, --config <file>', 'config file (default: $KEYROTA_CONFIG, then ./keyrota.yaml)')
    .addOption(
      new Option('--listen <host:port>', 'where /healthz, /readyz and /metrics are, or `off`')
        .argParser(parseAddress)
        .default(DEFAULT_LISTEN, '127.0.0.1:9464'),
    )
    .addOption(
      new Option(
        '--receive <host:port>',
        'where /leaks/<receiver> is, if the config has `receivers`, or `off`',
      )
        .argParser(parseAddress)
        .default(DEFAULT_RECEIVE, '127.0.0.1:9465'),
    )
    .addOption(
      new Option('--grace <duration>', 'how long what is under way may go on after SIGTERM')
        .argParser(parseDuration)
        .default(DEFAULT_GRACE_MS, '25s'),
    )
    .addHelpText(
      'after',
      [
        '\nSignals:',
        '  SIGTERM, SIGINT  takes up nothing new, ends the calls under way, releases every key, exits with 0',
        '  SIGHUP           reads the config again, as a change of the file does',
        '\nExample:\n  keyrota serve --config /etc/keyrota.yaml --listen 0.0.0.0:9464',
      ].join('\n'),
    )
  addProgress(command).action(async (options: Options) => {
    process.exitCode = await serve(application, options)
  })
}

async function serve(application: Application, options: Options): Promise<number> {
  printCommandsWith(options.config)
  const { createMetrics } = await import('../telemetry/metrics.ts')
  const progress = await startReporting(options, application)
  const metrics = createMetrics({ version: application.version, now: application.clock.wallMs })
  const stopping = new AbortController()
  const opened = await application.openLive({
    ...(options.config === undefined ? {} : { config: options.config }),
    waitMs: 0,
    stop: stopping.signal,
    watch: joinWatchers(progress.watcher, metrics.watcher),
    ...(process.stderr.isTTY ? { show: progress.show } : {}),
  })
  const listener = listenerOf(metrics, { options, log: progress.log })
  const serving = prepareServe(opened, { graceMs: options.grace, listener })
  const { telemetry, receiving } = await startListening(options, {
    opened,
    serving,
    metrics,
    listener,
  }).catch(async (error: unknown) => {
    progress.stop()
    await opened.close()
    throw error
  })
  const place = telemetry ? `; http://${telemetry.address}/healthz, /readyz, /metrics` : ''
  const { size } = opened.context.keys
  printNote(
    `serving ${size} ${size === 1 ? 'key' : 'keys'} of ${opened.file}, journal ${opened.journalPlace}${place}${receiving ? `; http://${receiving.address}/leaks/…` : ''}`,
  )
  await warnOfSecrets(opened.context)
  const { left } = await untilStopped(serving, { stopping, options })
  await receiving?.close()
  await telemetry?.close()
  return end(left, { opened, progress })
}

interface ListenAbout {
  opened: LiveOpened
  serving: Serving
  metrics: Metrics
  listener: ServeListener
}

/** On both addresses or on none: one that goes on to listen would keep a process that serves nothing. */
async function startListening({ listen, receive }: Options, about: ListenAbout) {
  const telemetry = listen ? await startTelemetry(listen, about) : null
  try {
    const isWanted = receive && about.opened.context.receivers
    return { telemetry, receiving: isWanted ? await startReceiving({ where: receive, ...about }) : null }
  } catch (error) {
    await telemetry?.close()
    throw error
  }
}

/** Serves; SIGTERM and SIGINT end it, SIGHUP has the config read again. */
async function untilStopped(
  serving: Serving,
  { stopping, options }: { stopping: AbortController; options: Options },
): ReturnType<Serving['work']> {
  const stop = () => {
    if (!stopping.signal.aborted && !options.quiet) printNote('stopping after the calls under way …')
    stopping.abort()
  }
  const reload = () => serving.reload()
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  process.on('SIGHUP', reload)
  try {
    return await serving.work()
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    process.off('SIGHUP', reload)
  }
}

async function end(
  left: readonly string[],
  { opened, progress }: { opened: LiveOpened; progress: Progress },
): Promise<number> {
  progress.stop()
  if (left.length === 0) {
    await opened.close()
    return exitCodes.done
  }
  printNote(
    `calls for ${left.join(', ')} did not end in time (--grace); their leases end by themselves, and the next process finds out what happened`,
  )
  // What is under way would keep the process; nothing of it is sent after the lease.
  process.exit(exitCodes.unavailable)
}

function listenerOf(
  metrics: Metrics,
  { options: { quiet = false }, log }: { options: Options; log: Log | undefined },
): ServeListener {
  /** What was printed last of each key, so that the same trouble has one line and not one for each try. */
  const printed = new Map<string, string>()
  return {
    ...metrics.listener,
    say: (line) => {
      if (!quiet) printNote(line)
    },
    failed: (key, error) => {
      const { kind, message, nextStep } = describeError(error)
      metrics.countError(kind)
      if (printed.get(key) === message) return
      printed.set(key, message)
      if (log) log.line('error', message, { key, code: kind, next: completeCommands(nextStep) })
      else printNote(`${key}: ${message}\n  next: ${nextStep}`)
    },
  }
}

async function startTelemetry(
  where: Address,
  { opened, serving, metrics, listener }: ListenAbout,
): Promise<Listening> {
  const [{ listen }, { createKeyGauges }, { setBudgetGauges }, { metricTable }, { UsageGauges }] =
    await Promise.all([
      import('../telemetry/listen.ts'),
      import('../telemetry/key-gauges.ts'),
      import('../telemetry/budget-gauges.ts'),
      import('../telemetry/metric-table.ts'),
      import('../telemetry/usage-gauges.ts'),
    ])
  const setKeys = createKeyGauges(createSummarize((name) => opened.context.keys.get(name)))
  const usage = new UsageGauges(
    opened.context.clock,
    () => opened.context,
    (error) => listener.failed?.('usage', error),
  )
  metrics.onCollect((gauges) => {
    usage.set(gauges)
    setKeys(gauges, serving.keys(), opened.context.clock.wallMs())
    setBudgetGauges(gauges, opened.context.budget?.states() ?? [])
    gauges.set(metricTable.ready, {}, serving.health.ready().isGood ? 1 : 0)
  })
  const pages = {
    '/healthz': () => pageOf(serving.health.alive()),
    '/readyz': () => pageOf(serving.health.ready()),
    '/metrics': async (): Promise<Page> => {
      await usage.refresh()
      return { status: 200, type: metrics.contentType, body: await metrics.text() }
    },
  }
  try {
    return await listen(where, pages)
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    throw new ServiceError(
      'refused',
      `cannot listen on ${where.host}:${where.port} (${String(error.code)})`,
      'Choose another address with --listen <host:port>, or --listen off.',
    )
  }
}

function pageOf({ isGood, why }: { isGood: boolean; why: string }): Page {
  return { status: isGood ? 200 : 503, type: 'text/plain; charset=utf-8', body: `${why}\n` }
}

const ADDRESS = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]]+)):(?<port>\d{1,5})$/

/** @throws InvalidArgumentError if it is no address. */
export function parseAddress(text: string): Address | null {
  if (text === 'off') return null
  const { v6, host, port } = ADDRESS.exec(text)?.groups ?? {}
  const name = v6 ?? host
  if (name === undefined || Number(port) > 65_535)
    throw new InvalidArgumentError('Expected host:port such as 127.0.0.1:9464 or [::]:9464, or off.')
  return { host: name, port: Number(port) }
}
