import type { ProviderContext } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Notifier, NotifyEvent } from '../../../src/contracts/notifier.ts'
import type { Options } from './options.ts'

const levels = ['info', 'warning', 'alarm'] as const

/** Longer texts are cut: a line of a log has to stay one. */
const maxTextLength = 2000

/** A pipe that nobody reads takes lines for a while and then no more. */
const writeLimitMs = 5000

/**
 * What JSON leaves as it is and a terminal or a log viewer acts on or hides: delete and the C1 controls, soft hyphen,
 * zero width and bidirectional marks, line and paragraph separators, the byte order mark.
 */
const unsafe = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

/** Where lines go; a stream of Node is one. */
export interface Sink {
  write(text: string, done: (error?: Error | null) => void): unknown
}

/** Tells events as lines of JSON on standard error. */
export function make(options: Options, context: ProviderContext): Notifier {
  // Each write tells its own error; one that nobody listens for would end the process in the middle of a rotation.
  if (!process.stderr.listeners('error').includes(passOver)) process.stderr.on('error', passOver)
  return tellTo(process.stderr, options, context)
}

/** The same on any sink. */
export function tellTo(sink: Sink, options: Options, context: ProviderContext): Notifier {
  const lowest = levels.indexOf(options.atLeast)
  return {
    async tell(event) {
      if (levels.indexOf(event.level) >= lowest) await writeLine(sink, toLine(event), context.name)
    },
  }
}

/** The fields of the contract and no other, so that whatever else an object carries is not written. */
function toLine(event: NotifyEvent): string {
  const { at, level, key, rotation, kind, message, command } = event
  const time = new Date(at).toISOString()
  const line = { time, level, key, rotation, kind, message, command }
  return JSON.stringify(line, (_, value) => (typeof value === 'string' ? cut(value) : value)).replace(
    unsafe,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function cut(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text
}

function writeLine(sink: Sink, line: string, provider: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (what: string, cause?: Error) =>
      reject(
        new ProviderError({
          code: 'unavailable',
          provider,
          message: `the line ${what}`,
          effect: 'unknown',
          nextStep: 'Look where standard error of Keyrota goes to.',
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

function passOver(): void {}
