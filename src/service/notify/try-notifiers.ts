/** Sends a test message to notifiers, past the queue: what comes back is the result. */
import type { NotifyEvent } from '../../contracts/notifier.ts'
import { findSimilar } from '../../contracts/similar-name.ts'
import { type Context, ServiceError } from '../context.ts'
import { sendOne } from './send-one.ts'

const LIMIT_MS = 15_000

export type Tried = { notifier: string } & (
  | { is: 'delivered'; said: string | null; durationMs: number }
  | { is: 'failed'; error: unknown }
)

/**
 * All at the same time; `name`: only this one.
 * @throws ServiceError `refused` when there is none to try
 */
export async function tryNotifiers(context: Context, name: string | undefined): Promise<Tried[]> {
  const { messages, clock, random } = context
  const all = messages?.names ?? []
  if (!messages || all.length === 0)
    throw new ServiceError(
      'refused',
      'the config has no notifiers',
      'Add one under `notifiers`: see providers/README.md.',
    )
  if (name !== undefined && !all.includes(name)) throw unknown(name, all)
  const names = name === undefined ? all : [name]
  return await Promise.all(
    names.map(async (notifier) => {
      const event = testEvent(clock.wallMs(), notifier)
      const id = `msg_${random(24)}`
      const sent = await sendOne(context, {
        name: notifier,
        make: messages.notifier,
        event,
        id,
        limitMs: LIMIT_MS,
      })
      return { notifier, ...sent }
    }),
  )
}

/** At the highest level, so that no notifier leaves it out; a pager is not woken: it is the end of a trouble. */
function testEvent(at: number, notifier: string): NotifyEvent {
  return {
    at,
    level: 'alarm',
    kind: 'notify-test',
    message: `this is a test of the notifier ${notifier}: nothing is wrong`,
    command: 'keyrota status',
  }
}

function unknown(name: string, all: readonly string[]): ServiceError {
  const near = findSimilar(name, all)
  const hint = near ? `Did you mean ${near}? ` : ''
  return new ServiceError(
    'unknown-key',
    `the config has no notifier ${name}`,
    `${hint}Notifiers: ${all.join(', ')}.`,
  )
}
