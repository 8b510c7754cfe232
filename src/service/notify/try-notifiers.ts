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
      const isPager = messages.rules.notifiers[notifier]?.isPager ?? false
      const event = testEvent(clock.wallMs(), notifier, isPager)
      const id = `msg_${random(24)}`
      const attempt = { name: notifier, make: messages.notifier, limitMs: LIMIT_MS }
      const sent = await sendOne(context, { ...attempt, event, id })
      if (isPager && sent.is === 'delivered')
        return {
          notifier,
          ...(await sendOne(context, { ...attempt, event: { ...event, isOver: true }, id: `${id}_over` })),
        }
      return { notifier, ...sent }
    }),
  )
}

/** An alarm, so that no notifier leaves it out; a pager is to wake nobody, and is told at once that it is over. */
function testEvent(at: number, notifier: string, isPager: boolean): NotifyEvent {
  return {
    at,
    level: isPager ? 'info' : 'alarm',
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
