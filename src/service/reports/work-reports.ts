/**
 * Works off what receivers have taken: finds the managed keys that a report is about and does what the policy says.
 * A report is removed once all of it is done; whatever happens in between happens again, and counts once.
 */
import type { Document } from '../../contracts/documents.ts'
import { parseOrNone } from '../../engine/parse-document.ts'
import type { Chore } from '../chore.ts'
import type { Context } from '../context.ts'
import { describeMatches } from '../leaks/identify.ts'
import { type KnownValues, readKnownValues } from '../leaks/known-values.ts'
import { actOnLeak } from './act-on-leak.ts'
import { REPORT, type ReportDocument } from './documents.ts'
import { readReport } from './read-report.ts'
import { finishReport, forgetOldLeaks, startedToday } from './remember.ts'

/** In one go, so that others get in between. */
const AT_ONCE = 200
const PAGE = 200
/** More than that are not taken at the door. */
const MOST_WAITING = 2_000
/** After this long somebody else works on a report; what is done twice counts once. */
const TAKEN_FOR_MS = 30_000
const FIRST_PAUSE_MS = 2_000
const LONGEST_PAUSE_MS = 900_000
/** After this long a report that cannot be read is given up, which is told. */
const GIVE_UP_MS = 86_400_000

export const reportChore: Chore = { name: 'leak-reports', kinds: [REPORT], work: workReports }

interface Waiting {
  document: Document
  report: ReportDocument
}

async function workReports(context: Context): Promise<number | null> {
  if (!context.receivers) return null
  const waiting = await listWaiting(context)
  const now = context.clock.wallMs()
  const momentOf = ({ report }: Waiting) => nextOf(report, context.holder, now)
  const due = waiting.filter((one) => momentOf(one) <= now)
  const turn = due.slice(0, AT_ONCE)
  let next = Math.min(...waiting.map(momentOf).filter((at) => at > now))
  if (due.length === 0) return Number.isFinite(next) ? next : null
  const known = await readKnownValues(context)
  for (const one of turn) {
    if (context.stop.aborted) break
    const again = await workOne(context, known, one)
    if (again !== null) next = Math.min(next, again)
  }
  await forgetOldLeaks(context)
  if (due.length > AT_ONCE) return now
  return Number.isFinite(next) ? next : null
}

/** All of them: one that is postponed must not stand before one that is due. */
async function listWaiting(context: Context): Promise<Waiting[]> {
  const { documents } = context.journal
  const waiting: Waiting[] = []
  for (let after = '', isMore = true; isMore; ) {
    const page = await documents.list(REPORT, { after, limit: PAGE })
    for (const document of page) {
      const report = parseOrNone<ReportDocument>(document)
      if (report) waiting.push({ document, report })
      else await giveUpDamaged(context, document)
    }
    isMore = page.length === PAGE && waiting.length < MOST_WAITING
    after = page.at(-1)?.name ?? ''
  }
  return waiting
}

/** It holds up no other one, and whoever is told can ask its sender for it again. */
async function giveUpDamaged({ clock, journal, providers }: Context, document: Document): Promise<void> {
  if ((await journal.documents.remove(document, document.revision)) === 'conflict') return
  providers.tell({
    at: clock.wallMs(),
    level: 'warning',
    kind: 'leak-report-unread',
    message: `a report of a leak was damaged in the journal (${document.name}), so it is not known what it was about`,
    command: 'keyrota leaked',
  })
}

/**
 * What this process itself has taken, it did not come to the end of: it goes on at once. A time further away than it can
 * have been set was written by a clock that was set since.
 */
function nextOf({ tries, taken }: ReportDocument, holder: string, now: number): number {
  const within = (at: number, mostMs: number) => (at > now + 2 * mostMs ? 0 : at)
  const isElsewhere = taken !== undefined && taken.by !== holder
  return Math.max(
    within(tries?.next ?? 0, LONGEST_PAUSE_MS),
    isElsewhere ? within(taken.at + TAKEN_FOR_MS, TAKEN_FOR_MS) : 0,
  )
}

/** @returns when it is to be worked on again; null: it is done, or somebody else works on it. */
async function workOne(
  context: Context,
  known: KnownValues,
  { document, report }: Waiting,
): Promise<number | null> {
  const { clock, holder, journal } = context
  const taken: ReportDocument = { ...report, taken: { by: holder, at: clock.wallMs() } }
  const own = await journal.documents.write(document, {
    text: JSON.stringify(taken),
    revision: document.revision,
  })
  if (own === 'conflict') return null
  const { left, why } = await workThrough(context, known, report)
  const isGivenUp = clock.wallMs() - report.at > GIVE_UP_MS
  if (left.length > 0 && !isGivenUp) return await postpone(context, own, { ...report, leaks: left })
  if (why.length > 0 || report.isCut) tellUnread(context, report, why)
  await finishReport(context, own, report)
  return null
}

/** @returns the leaks that are left for another try. */
async function workThrough(
  context: Context,
  known: KnownValues,
  report: ReportDocument,
): Promise<{ left: ReportDocument['leaks']; why: string[] }> {
  const { found, left, why } = await readReport(context, report, known)
  const forms = new Map([...found].map(([fingerprint, one]) => [fingerprint, one.forms]))
  const leaks = await describeMatches(context, known, forms)
  for (const leak of leaks) {
    const words = found.get(leak.fingerprint)?.words
    const about = { leak, report, words, rotatedToday: await startedToday(context, report.receiver) }
    if ((await actOnLeak(context, about)) === 'done') continue
    left.push({ ...words, forms: { [leak.fingerprint]: leak.forms[0] ?? 'raw' } })
  }
  return { left, why }
}

async function postpone(context: Context, own: Document, report: ReportDocument): Promise<number> {
  const { clock, journal } = context
  const count = (report.tries?.count ?? 0) + 1
  const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(count - 1, 16))
  const next = clock.wallMs() + pauseMs
  const { taken: _over, ...rest } = report
  const text = JSON.stringify({ ...rest, tries: { count, next } } satisfies ReportDocument)
  await journal.documents.write(own, { text, revision: own.revision })
  return next
}

function tellUnread(
  { clock, providers }: Context,
  { receiver, isCut }: ReportDocument,
  why: readonly string[],
): void {
  providers.tell({
    at: clock.wallMs(),
    level: 'warning',
    kind: 'leak-report-unread',
    message: isCut
      ? `a report of ${receiver} was larger than what is taken: a part of it was not looked at`
      : `a report of ${receiver} could not be read, so it is not known whether it is about a managed key`,
    command: 'keyrota leaked',
    evidence: [...why],
  })
}
