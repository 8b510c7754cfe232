/** What delivery works with, and how it changes what all processes share. */
import type { DocumentId } from '../../contracts/documents.ts'
import { changeOrRenew } from '../../engine/change-document.ts'
import type { Context } from '../context.ts'
import type { Messages } from './messages.ts'
import type { Mail } from './read-mail.ts'
import type { Message, Subject } from './subject.ts'

export type Posting = Pick<
  Context,
  'journal' | 'clock' | 'random' | 'isProcessGone' | 'holder' | 'stop' | 'watch'
> & {
  messages: Messages
}

export interface Waiting {
  about: Subject['about']
  message: Message
}

/** Every message that waits, the oldest first. */
export function listWaiting({ subjects }: Mail): Waiting[] {
  return subjects
    .flatMap(({ subject: { about, queue } }) => queue.map((message) => ({ about, message })))
    .toSorted((a, b) => a.message.at - b.message.at)
}

export function change<T>(
  { journal, clock, random }: Posting,
  id: DocumentId,
  act: (now: T | null) => T | undefined,
): Promise<T | null> {
  return changeOrRenew<T>({ documents: journal.documents, clock, random }, id, act)
}
