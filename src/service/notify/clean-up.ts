/** Gives up messages that nobody will receive, and says so. */
import { type NotifierState, newState, stateIdOf } from './notifier-state.ts'
import { change, listWaiting, type Posting } from './posting.ts'
import { giveUp, inOrderOfLoss } from './quiet.ts'
import type { Mail } from './read-mail.ts'
import { idOf, type Message, type Subject } from './subject.ts'

/** What is not delivered by then is given up. */
const KEPT_MS = 86_400_000
/** Messages of the whole installation that wait; beyond, the oldest of the least important are given up. */
const MOST_QUEUED = 1_000

/** Gives up what is too old, too much or for nobody; takes out what is empty. */
export async function cleanUp(posting: Posting, mail: Mail): Promise<void> {
  const given = findHopeless(posting, mail)
  for (const { subject, document } of mail.subjects) {
    const hopeless = subject.queue.filter(({ id }) => given.has(id))
    if (hopeless.length > 0 || Object.keys(subject.dropped).length > 0)
      await countDropped(posting, subject, hopeless)
    else if (subject.queue.length === 0 && Object.keys(subject.told).length === 0)
      await posting.journal.documents.remove(document, document.revision)
  }
}

function findHopeless({ clock, messages }: Posting, mail: Mail): Set<string> {
  const now = clock.wallMs()
  const { notifiers } = messages.rules
  const waiting = listWaiting(mail).map(({ message }) => message)
  const isStale = ({ at, notifier }: Message) => at < now - KEPT_MS || !Object.hasOwn(notifiers, notifier)
  const given = new Set(waiting.filter(isStale).map(({ id }) => id))
  const rest = waiting.filter(({ id }) => !given.has(id))
  const over = Math.max(0, rest.length - MOST_QUEUED)
  for (const { id } of inOrderOfLoss(rest).slice(0, over)) given.add(id)
  return given
}

/** The count is kept at the notifier, where `status` shows it. A crash in between loses some of the count. */
async function countDropped(
  posting: Posting,
  { about }: Subject,
  hopeless: readonly Message[],
): Promise<void> {
  const now = posting.clock.wallMs()
  let dropped: Record<string, number> = {}
  await change<Subject>(posting, idOf(about), (subject) => {
    if (!subject) return undefined
    for (const { id } of hopeless)
      giveUp(
        subject,
        subject.queue.find((one) => one.id === id),
      )
    dropped = subject.dropped
    return { ...subject, dropped: {} }
  })
  for (const [name, count] of Object.entries(dropped)) {
    posting.watch?.messagesDropped?.(name, count)
    await change<NotifierState>(posting, stateIdOf(name), (known) => {
      const state = known ?? newState(name)
      return { ...state, dropped: state.dropped + count, droppedAt: now }
    })
  }
}
