/** A notifier that has taken a test works again: what waits for it is sent now, and not once its pause has ended. */
import type { Context } from '../context.ts'
import { deliver } from './deliver.ts'
import { type NotifierState, stateIdOf } from './notifier-state.ts'
import { change, listWaiting } from './posting.ts'
import { type Mail, readMail } from './read-mail.ts'
import { idOf, type Subject } from './subject.ts'

const LIMIT_MS = 15_000

/** @returns how many messages that waited were taken, by notifier */
export async function catchUp(context: Context, working: readonly string[]): Promise<Map<string, number>> {
  const { messages, journal } = context
  if (!messages) return new Map()
  const posting = { ...context, messages }
  const mail = await readMail(journal.documents)
  for (const name of working.filter((one) => mail.states.get(one)?.failing))
    await change<NotifierState>(posting, stateIdOf(name), (known) =>
      known?.failing ? { ...known, failing: null } : undefined,
    )
  const waited = countWaiting(mail)
  if (!working.some((name) => waited.has(name))) return new Map()
  for (const { about, message } of listWaiting(mail))
    if (message.nextAt !== undefined && working.includes(message.notifier))
      await change<Subject>(posting, idOf(about), (subject) => {
        const waiting = subject?.queue.find(({ id }) => id === message.id)
        if (!subject || waiting?.nextAt === undefined) return undefined
        delete waiting.nextAt
        return subject
      })
  await deliver(posting, LIMIT_MS)
  const left = countWaiting(await readMail(journal.documents))
  return new Map(working.map((name) => [name, Math.max(0, (waited.get(name) ?? 0) - (left.get(name) ?? 0))]))
}

function countWaiting(mail: Mail): Map<string, number> {
  const waiting = Map.groupBy(listWaiting(mail), ({ message }) => message.notifier)
  return new Map([...waiting].map(([name, messages]) => [name, messages.length]))
}
