/* How a notifier does, in lines for people. */

import type { NotifierStatus } from '../service/notify/delivery.ts'
import { formatDistance, formatInstant, paint } from './output.ts'

export function linesOfNotifier(row: NotifierStatus, now: number): string[] {
  const { notifier, failing, queued, queuedSince, dropped, droppedAt } = row
  const waits =
    queued === 0 ? 'nothing waits' : `${queued} ${queued === 1 ? 'message waits' : 'messages wait'}`
  const since = queuedSince === null ? '' : `, the oldest from ${formatDistance(queuedSince - now)}`
  const lost =
    droppedAt === null
      ? []
      : [`  ${dropped} given up in all, the last one ${formatDistance(droppedAt - now)}`]
  if (failing === null) return [`${notifier}: ${waits}${since}`, ...lost]
  return [
    `${notifier}: ${paint('red', `fails since ${formatInstant(failing.since)}`)}; ${waits}${since}`,
    `  ${failing.message}`,
    `  next: ${failing.nextStep} Then: keyrota notify test ${notifier}`,
    `  tried ${failing.tries === 1 ? 'once' : `${failing.tries} times`}, again ${formatDistance(failing.nextAt - now)}`,
    ...lost,
  ]
}
