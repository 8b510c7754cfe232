/** How messages to people are delivered, for `status` and `notify list`: from the journal alone. */
import type { Context } from '../context.ts'
import { newState } from './notifier-state.ts'
import { listWaiting } from './posting.ts'
import { readMail } from './read-mail.ts'

export interface NotifierStatus {
  notifier: string
  /** Messages that wait, and since when the oldest of them does. */
  queued: number
  queuedSince: number | null
  failing: {
    since: number
    code: string
    message: string
    nextStep: string
    tries: number
    nextAt: number
  } | null
  /** Messages that were given up since it was configured, and when the last of them was. */
  dropped: number
  droppedAt: number | null
}

/** Every notifier whose messages are delivered. Empty, and without a request, when there is none. */
export async function deliveryOf({
  journal,
  messages,
}: Pick<Context, 'journal' | 'messages'>): Promise<NotifierStatus[]> {
  const names = Object.keys(messages?.rules.notifiers ?? {})
  if (names.length === 0) return []
  const mail = await readMail(journal.documents)
  const waiting = listWaiting(mail)
  return names.map((notifier) => {
    const { failing, dropped, droppedAt = null } = mail.states.get(notifier) ?? newState(notifier)
    const own = waiting.filter(({ message }) => message.notifier === notifier)
    return {
      notifier,
      queued: own.length,
      queuedSince: own[0]?.message.at ?? null,
      failing,
      dropped,
      droppedAt,
    }
  })
}

/** What is given up is shown for a week. */
const SHOWN_MS = 7 * 86_400_000

/** Whether a person should look at it. */
export function isTroubled({ failing, droppedAt }: NotifierStatus, now: number): boolean {
  return failing !== null || (droppedAt !== null && now - droppedAt < SHOWN_MS)
}
