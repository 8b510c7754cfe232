/** The chore that tells people: finds what there is to tell, and delivers it. */
import type { Chore } from '../chore.ts'
import type { Context } from '../context.ts'
import { deliver } from './deliver.ts'
import type { Posting } from './posting.ts'
import { KIND } from './subject.ts'
import { sweep } from './sweep.ts'

/** How long one round may take, and how often all records are compared while nothing else asks for it. */
const ROUND_MS = 60_000
const SWEEP_EVERY_MS = 900_000

export const deliverChore: Chore = { name: 'deliver', kinds: [KIND], work: deliverAll }

async function deliverAll(context: Context): Promise<number | null> {
  const posting = postingOf(context)
  if (!posting) return null
  const { clock } = context
  const { outbox, done } = posting.messages
  await outbox.flush()
  const now = clock.wallMs()
  if (done.nextSweepAt <= now || done.nextSweepAt > now + SWEEP_EVERY_MS) {
    const changesAt = await sweep({ ...posting, installation: context.installation })
    done.nextSweepAt = Math.min(changesAt ?? Number.POSITIVE_INFINITY, now + SWEEP_EVERY_MS)
  }
  const dueAt = await deliver(posting, ROUND_MS)
  outbox.hasNews = false
  return Math.min(dueAt ?? Number.POSITIVE_INFINITY, done.nextSweepAt)
}

/** What a command has told at its end is tried at once, for so long at most; the rest is left to the next process. */
export async function deliverNews(context: Context, withinMs: number): Promise<void> {
  const posting = postingOf(context)
  if (!posting) return
  await posting.messages.outbox.flush()
  if (posting.messages.outbox.hasNews) await deliver(posting, withinMs)
}

function postingOf(context: Context): Posting | null {
  const { messages } = context
  if (!messages || Object.keys(messages.rules.notifiers).length === 0) return null
  return { ...context, messages }
}
