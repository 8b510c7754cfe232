/** Compares all records with what people were told, so that nothing depends on an event that a killed process held. */
import { allRecords } from '../../engine/all-records.ts'
import type { Context } from '../context.ts'
import type { Posting } from './posting.ts'
import { readMail } from './read-mail.ts'
import { idOf, type Subject } from './subject.ts'
import { troublesOf } from './troubles.ts'

/** @returns when a trouble changes by the passing of time alone; null: none does. */
export async function sweep({
  journal,
  clock,
  installation,
  messages,
}: Posting & Pick<Context, 'installation'>): Promise<number | null> {
  const now = clock.wallMs()
  const { subjects } = await readMail(journal.documents)
  const known = new Map(subjects.map(({ document, subject }) => [document.name, subject]))
  let nextAt: number | null = null
  for await (const record of allRecords(journal)) {
    const about = { key: record.key }
    const { name } = idOf(about)
    const subject = known.get(name)
    known.delete(name)
    if (record.installation !== installation) continue
    const found = troublesOf(record, now)
    if (found.nextAt !== null) nextAt = Math.min(nextAt ?? found.nextAt, found.nextAt)
    if (found.troubles.length > 0 || hasKept(subject)) await messages.outbox.look(about, record, subject)
  }
  // Of a key that is forgotten, nothing is wrong any more; a damaged record is no forgotten key.
  for (const subject of known.values()) {
    const { key } = subject.about
    if (key !== undefined && hasKept(subject)) await messages.outbox.lookUp(key)
  }
  return nextAt
}

function hasKept(subject: Subject | undefined): boolean {
  return Object.values(subject?.told ?? {}).some(({ isKept }) => isKept)
}
