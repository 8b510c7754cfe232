/**
 * The log of a process: one line per event, with fields that stay what they are. `time`, `level` and `msg` are in every
 * line; `key`, `rotation`, `step`, `provider`, `verb`, `code`, `durationMs`, `kind`, `until`, `next`, `dropped`, `trace_id`
 * and `span_id` where they are known.
 */
import { type Logger, pino } from 'pino'
import type { Clock } from '../../contracts/clock.ts'
import type { NotifyEvent } from '../../contracts/notifier.ts'
import type { Watcher } from '../../engine/context.ts'
import { LiveSecrets } from './live-secrets.ts'
import { renderPretty } from './pretty.ts'
import { Sink, type Stream } from './sink.ts'

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]
export const logFormats = ['json', 'pretty'] as const
export type LogFormat = (typeof logFormats)[number]

export interface LogFields {
  key?: string | undefined
  rotation?: string | undefined
  step?: string | undefined
  provider?: string | undefined
  verb?: string | undefined
  code?: string | undefined
  durationMs?: number | undefined
  kind?: string | undefined
  /** ISO 8601. */
  until?: string | undefined
  /** What a person can do about it. */
  next?: string | undefined
}

export interface LogOptions {
  level: LogLevel
  format: LogFormat
  stream: Stream
  clock: Pick<Clock, 'wallMs'>
  /** The ids of the trace that a line belongs to, where somebody traces. */
  traceOf?: ((about: { rotation: string | undefined }) => Record<string, string>) | undefined
}

export interface Log {
  readonly watcher: Watcher
  line(level: LogLevel, msg: string, fields?: LogFields): void
  /** What a notifier tells people. */
  event(event: NotifyEvent): void
  close(): void
}

/** How many keys are remembered with the rotation that was seen last. */
const MAX_ROTATIONS = 10_000

export function openLog({ level, format, stream, clock, traceOf }: LogOptions): Log {
  const secrets = new LiveSecrets()
  secrets.watch()
  const render = format === 'pretty' ? renderPretty : (line: string) => line
  const sink = new Sink(stream, render)
  const logger: Logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date(clock.wallMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  )
  const rotations = new Map<string, string>()
  const line = (at: LogLevel, msg: string, fields: LogFields = {}) => {
    if (!logger.isLevelEnabled(at)) return
    const dropped = sink.takeDropped()
    if (dropped > 0) logger.warn({ dropped }, 'lines of the log were dropped: stderr is not read')
    const rotation = fields.rotation ?? (fields.key === undefined ? undefined : rotations.get(fields.key))
    const all = { ...fields, rotation, ...traceOf?.({ rotation }) }
    // Before it becomes JSON, which writes a value that stands in JSON in yet another way.
    const shown = Object.entries(all).map(([name, field]) => [
      name,
      typeof field === 'string' ? secrets.redact(field) : field,
    ])
    logger[at](Object.fromEntries(shown), secrets.redact(msg))
  }
  return {
    line,
    watcher: watcherOf(line, rotations),
    event: ({ level: at, key, message, command }) => {
      const levels = { info: 'info', warn: 'warn', warning: 'warn', alarm: 'error' } as const
      line(levels[at as keyof typeof levels] ?? 'info', message, { key, kind: 'event', next: command })
    },
    close: () => secrets.stop(),
  }
}

function watcherOf(line: Log['line'], rotations: Map<string, string>): Watcher {
  return {
    attending: (key) => line('debug', 'claiming the key', { key }),
    committed: (audit) => {
      for (const { key, rotation, kind, text } of audit) {
        if (rotation !== undefined) remember(rotations, key, rotation)
        line(kind === 'outcome' ? 'debug' : 'info', text, { key, rotation, kind })
      }
    },
    waiting: ({ id, step, hold }, until, key) =>
      line('debug', hold?.detail ?? 'waiting', {
        key,
        rotation: id,
        step,
        code: hold?.reason,
        until: new Date(until).toISOString(),
      }),
    called: ({ key, provider, verb, code, durationMs }) =>
      line(code === 'ok' ? 'debug' : 'warn', `${verb} at ${provider}: ${code}`, {
        key,
        provider,
        verb,
        code,
        durationMs: Math.round(durationMs),
      }),
    probed: (provider, subject, verdict) =>
      line(
        'debug',
        `probe of ${subject === 'garbage' ? 'a garbage key' : 'a key'} at ${provider}: ${verdict}`,
        {
          provider,
          verb: 'probe',
          code: verdict,
        },
      ),
    leftStep: (step, durationMs, { key, rotation }) =>
      line('info', `left the step ${step}`, { key, rotation, step, durationMs, kind: 'left-step' }),
    ended: ({ key, rotation, end, durationMs }) => {
      line('info', `the rotation has ended: ${end}`, { key, rotation, code: end, durationMs, kind: 'ended' })
      rotations.delete(key)
    },
  }
}

function remember(rotations: Map<string, string>, key: string, rotation: string): void {
  rotations.delete(key)
  rotations.set(key, rotation)
  const [oldest] = rotations.keys()
  if (rotations.size > MAX_ROTATIONS && oldest !== undefined) rotations.delete(oldest)
}
