/* Notifier `log`: writes each event as one line of JSON. */

import type { ProviderContext } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Notifier, NotifyEvent } from '../../../src/contracts/notifier.ts'
import { pickFields, toSafeJson } from '../../shared/notifier/clean-event.ts'
import type { Options } from './options.ts'

const levels = ['info', 'warning', 'alarm'] as const

/** Longer texts are truncated, so that log collectors do not split the line. */
const maxTextLength = 2000

/** A pipe without a reader accepts lines until its buffer is full, then blocks. */
const writeLimitMs = 5000

/** Where lines are written, e.g. a Node.js stream. */
export interface Sink {
  write(text: string, done: (error?: Error | null) => void): unknown
}

/** Writes events as lines of JSON to standard error. */
export function make(options: Options, context: ProviderContext): Notifier {
  // Each write reports its own error. An unhandled `error` event would end the process in the middle of a rotation.
  if (!process.stderr.listeners('error').includes(ignoreError)) process.stderr.on('error', ignoreError)
  return notifyTo(process.stderr, options, context)
}

/** Writes events to any sink. */
export function notifyTo(sink: Sink, options: Options, context: ProviderContext): Notifier {
  const lowest = levels.indexOf(options.atLeast)
  return {
    async notify(event) {
      if (levels.indexOf(event.level) >= lowest) await writeLine(sink, toLine(event), context.name)
      return null
    },
  }
}

function toLine(event: NotifyEvent): string {
  const { at, level, key, campaign, rotation, kind, isOver, message, command, evidence } = pickFields(
    event,
    maxTextLength,
  )
  const time = new Date(at).toISOString()
  return toSafeJson({ time, level, key, campaign, rotation, kind, isOver, message, command, evidence })
}

function writeLine(sink: Sink, line: string, provider: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (what: string, cause?: Error) =>
      reject(
        new ProviderError({
          code: 'unavailable',
          provider,
          message: `the log line ${what}`,
          effect: 'unknown',
          nextStep: 'Check where the standard error of Keyrota goes: its reader may have stopped.',
          cause,
        }),
      )
    const timer = setTimeout(() => fail(`was not written within ${writeLimitMs} ms`), writeLimitMs)
    sink.write(`${line}\n`, (error) => {
      clearTimeout(timer)
      if (error) fail('could not be written', error)
      else resolve()
    })
  })
}

function ignoreError(): void {}
