/** What is remembered of each receiver and of each leaked value, within limits. */
import type { Document } from '../../contracts/documents.ts'
import { changeOrRenew } from '../../engine/change-document.ts'
import { parseOrNone } from '../../engine/parse-document.ts'
import type { Context } from '../context.ts'
import {
  LEAK,
  type LeakDocument,
  nameLeak,
  nameReceived,
  type ReceivedDocument,
  type ReportDocument,
} from './documents.ts'

const DAY_MS = 86_400_000
/** A copy of a report that comes later does no harm: what it is about was done. */
const MAX_SEEN = 1_000
const LEAKS_KEPT_MS = 90 * DAY_MS
const PAGE = 100

/** Remembers that it came, then removes it. */
export async function finishReport(context: Context, own: Document, report: ReportDocument): Promise<void> {
  await changeReceived(context, report.receiver, ({ seen, rotated }) => {
    const all = Object.entries({ ...seen, [own.name]: report.at }).toSorted(
      ([, one], [, other]) => other - one,
    )
    return { seen: Object.fromEntries(all.slice(0, MAX_SEEN)), rotated }
  })
  await context.journal.documents.remove(own, own.revision)
}

/** Rotations that reports of this receiver have started within 24 hours. */
export async function startedToday({ journal, clock }: Context, receiver: string): Promise<number> {
  const found = await journal.documents.read(nameReceived(receiver))
  const { rotated = [] }: Partial<ReceivedDocument> = parseOrNone<ReceivedDocument>(found) ?? {}
  return rotated.filter((at) => isWithinDay(at, clock.wallMs())).length
}

export async function noteStarted(context: Context, receiver: string): Promise<void> {
  const now = context.clock.wallMs()
  await changeReceived(context, receiver, ({ seen, rotated }) => ({
    seen,
    rotated: [...rotated.filter((at) => isWithinDay(at, now)), now],
  }))
}

/** A value that leaked long ago and was dealt with. */
export async function forgetOldLeaks({ journal, clock }: Context): Promise<void> {
  const { documents } = journal
  for (let after = '', isMore = true; isMore; ) {
    const page = await documents.list(LEAK, { after, limit: PAGE })
    for (const document of page) {
      const { name, revision } = document
      const last = parseOrNone<LeakDocument>(document)?.last ?? Number.NEGATIVE_INFINITY
      if (last < clock.wallMs() - LEAKS_KEPT_MS) await documents.remove(nameLeak(name), revision)
    }
    isMore = page.length === PAGE
    after = page.at(-1)?.name ?? ''
  }
}

async function changeReceived(
  { journal, clock, random }: Context,
  receiver: string,
  change: (now: ReceivedDocument) => ReceivedDocument,
): Promise<void> {
  const hand = { documents: journal.documents, clock, random }
  await changeOrRenew<ReceivedDocument>(hand, nameReceived(receiver), (now) =>
    change(now ?? { seen: {}, rotated: [] }),
  )
}

/** A time far ahead was written by a clock that was set since. */
function isWithinDay(at: number, now: number): boolean {
  return Math.abs(now - at) < DAY_MS
}
