/** Does what the policy says about one managed value that was reported leaked: the effect, the message, the mark. */

import { amend } from '../../engine/amend.ts'
import { changeOrRenew } from '../../engine/change-document.ts'
import { parseOrNone } from '../../engine/parse-document.ts'
import type { Context } from '../context.ts'
import type { Leak } from '../leaks/identify.ts'
import { type LeakDocument, nameLeak, type ReportDocument, type Words } from './documents.ts'
import { joinReport } from './join-report.ts'
import { doneBy, eventOf, judgeLeak } from './judge-leak.ts'
import { noteStarted } from './remember.ts'

/** A step of a rotation that runs may hold the key for a moment. */
const PATIENCE_MS = 5_000

/** @returns `claimed`: another process works on the key, so it has to be tried again. */
export async function actOnLeak(
  context: Context,
  about: { leak: Leak; report: ReportDocument; words: Words | undefined; rotatedToday: number },
): Promise<'done' | 'claimed'> {
  const { leak, report, words, rotatedToday } = about
  const { documents } = context.journal
  const id = nameLeak(leak.fingerprint)
  const before = await documents.read(id)
  const known = parseOrNone<LeakDocument>(before)
  const judged = judgeLeak({
    ...{ leak, policy: report.policy, rotatedToday },
    ...{ did: known?.keys[leak.key]?.did, key: context.keys.get(leak.key) },
  })
  const { does } = judged
  if (does === 'rotate' && (await request(context, leak, report, words)) === 'claimed') return 'claimed'
  const at = context.clock.wallMs()
  if (does !== 'nothing') context.providers.tell(eventOf(leak, { ...judged, does }, { report, words, at }))
  await changeOrRenew<LeakDocument>({ ...context, documents }, id, (now) => ({
    keys: { ...now?.keys, ...(does === 'nothing' ? {} : { [leak.key]: { did: doneBy(does), at } }) },
    first: now?.first ?? report.at,
    last: report.at,
    reports: (now?.reports ?? 0) + 1,
  }))
  return 'done'
}

async function request(
  context: Context,
  leak: Leak,
  report: ReportDocument,
  words: Words | undefined,
): Promise<'done' | 'claimed'> {
  const { killAfterMs } = report.policy
  const why = `reported leaked by ${report.receiver}${words?.source === undefined ? '' : ` (${words.source})`}`
  let isNew = false
  const done = await amend(
    context,
    leak.key,
    (record, now) => {
      const killBy = killAfterMs === undefined ? {} : { killBy: report.at + killAfterMs }
      const lines = joinReport(record, { fingerprint: leak.fingerprint, why, ...killBy }, now)
      isNew = lines.length > 0
      return lines
    },
    PATIENCE_MS,
  )
  if (done === 'claimed') return 'claimed'
  if (isNew) await noteStarted(context, report.receiver)
  return 'done'
}
