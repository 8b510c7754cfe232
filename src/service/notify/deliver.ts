/**
 * Delivers queued messages: each at least once, and once in general, since whoever sends one says so in the journal
 * first. A notifier that fails is left alone for a while and holds up no other one.
 */
import { cleanUp } from './clean-up.ts'
import {
  afterFailure,
  type Failing,
  isAboutMessage,
  mayTry,
  type NotifierState,
  newState,
  restsUntil,
  stateIdOf,
} from './notifier-state.ts'
import { change, listWaiting, type Posting, type Waiting } from './posting.ts'
import { type Mail, readMail } from './read-mail.ts'
import { sendOne } from './send-one.ts'
import { idOf, type Message, type Subject } from './subject.ts'

/** How long one attempt may take, and for how long it is nobody else's. */
const ATTEMPT_MS = 15_000
const CLAIM_MS = 60_000
/** A message that was not taken as it is, is tried again after this time. */
const REFUSED_AGAIN_MS = 3_600_000

/** Sends what is due, for this long at most. @returns when the next one is due; null: nothing waits. */
export async function deliver(posting: Posting, withinMs: number): Promise<number | null> {
  const { clock, journal, messages } = posting
  const endsAt = clock.monotonicMs() + withinMs
  const mail = await readMail(journal.documents)
  await cleanUp(posting, mail)
  const waiting = listWaiting(mail)
  const names = [...new Set(waiting.map(({ message }) => message.notifier))]
  await Promise.all(
    names
      .filter((name) => Object.hasOwn(messages.rules.notifiers, name))
      .map((name) =>
        deliverTo(posting, mail.states.get(name) ?? newState(name), {
          waiting: waiting.filter(({ message }) => message.notifier === name),
          endsAt,
        }),
      ),
  )
  if (waiting.length === 0) return tellState(posting, mail)
  return tellState(posting, await readMail(journal.documents))
}

/** Tells how the notifiers do. @returns when the next message is due. */
function tellState({ clock, watch, messages, holder }: Posting, mail: Mail): number | null {
  const now = clock.wallMs()
  const waiting = listWaiting(mail)
  const times = waiting.map(({ message: { notifier, nextAt = 0, until = 0 } }) =>
    Math.max(nextAt, until, restsUntil(mail.states.get(notifier) ?? newState(notifier), holder), now + 1_000),
  )
  for (const name of Object.keys(messages.rules.notifiers)) {
    const queued = waiting.filter(({ message }) => message.notifier === name).length
    watch?.notifierSeen?.({ notifier: name, queued, isFailing: Boolean(mail.states.get(name)?.failing) })
  }
  return times.length > 0 ? Math.min(...times) : null
}

/** In order; of a key whose earlier message was not taken, the later ones wait too. */
async function deliverTo(
  posting: Posting,
  state: NotifierState,
  { waiting, endsAt }: { waiting: readonly Waiting[]; endsAt: number },
): Promise<void> {
  const { clock, stop, messages, holder } = posting
  if (!mayTry(state, clock.wallMs(), holder)) return
  const held = new Set<string>()
  for (const { about, message } of waiting) {
    const leftMs = endsAt - clock.monotonicMs()
    if (stop.aborted || leftMs <= 0) return
    const place = idOf(about).name
    if (held.has(place)) continue
    const claimed = await claim(posting, about, message.id)
    if (!claimed) {
      held.add(place)
      continue
    }
    const { notifier, event, id } = claimed
    const sent = await sendOne(posting, {
      name: notifier,
      make: messages.notifier,
      event,
      id,
      limitMs: Math.min(ATTEMPT_MS, leftMs),
    })
    if (sent.is === 'delivered') {
      await settle(posting, about, id, (subject) => {
        subject.queue = subject.queue.filter((one) => one.id !== id)
      })
      if (state.failing) state = await noteState(posting, notifier, null)
      continue
    }
    held.add(place)
    const now = clock.wallMs()
    const isRefused = isAboutMessage(sent.error)
    await settle(posting, about, id, (_, one) => {
      delete one.until
      delete one.by
      if (isRefused) one.nextAt = now + REFUSED_AGAIN_MS
    })
    state = await noteState(posting, notifier, afterFailure(state.failing, sent.error, now, holder))
    if (!isRefused) return
  }
}

/** Makes the message this process's for a while. Null: it is another one's, or not due, or gone. */
async function claim(posting: Posting, about: Subject['about'], id: string): Promise<Message | null> {
  const now = posting.clock.wallMs()
  let claimed: Message | null = null
  await change<Subject>(posting, idOf(about), (subject) => {
    claimed = null
    const message = subject?.queue.find((one) => one.id === id)
    if (!subject || !message || isHeld(posting, message, now)) return undefined
    if (isLater(message.nextAt, now, REFUSED_AGAIN_MS)) return undefined
    message.until = now + CLAIM_MS
    message.by = posting.holder
    claimed = message
    return subject
  })
  return claimed
}

function isHeld({ isProcessGone }: Posting, { until, by }: Message, now: number): boolean {
  return isLater(until, now, CLAIM_MS) && !(by !== undefined && isProcessGone?.(by))
}

/** A time further away than it can have been set was written by a clock that was set since. */
function isLater(at: number | undefined, now: number, mostMs: number): boolean {
  return at !== undefined && at > now && at <= now + 2 * mostMs
}

async function settle(
  posting: Posting,
  about: Subject['about'],
  id: string,
  act: (subject: Subject, message: Message) => void,
): Promise<void> {
  await change<Subject>(posting, idOf(about), (subject) => {
    const message = subject?.queue.find((one) => one.id === id)
    if (!subject || !message) return undefined
    act(subject, message)
    return subject
  })
}

async function noteState(posting: Posting, name: string, failing: Failing | null): Promise<NotifierState> {
  const state = await change<NotifierState>(posting, stateIdOf(name), (known) => ({
    ...(known ?? newState(name)),
    failing,
  }))
  return state ?? newState(name)
}
