/**
 * Takes what was measured of one key, judges it, and reports what is new. Findings are on record before the numbers are:
 * whoever is killed in between judges the same numbers again, and finds the same.
 */
import type { KeyConfig } from '../../contracts/config.ts'
import type { Measured } from '../../contracts/meter.ts'
import type { KeyRecord } from '../../contracts/record.ts'
import {
  documentNameOf,
  type FindingsDocument,
  type UsageDocument,
  type UsageRules,
} from '../../contracts/usage.ts'
import { changeOrRenew } from '../../engine/change-document.ts'
import { parseOrNone } from '../../engine/parse-document.ts'
import { compareFindings } from '../../usage/findings.ts'
import type { Found } from '../../usage/found.ts'
import { judgeUsage } from '../../usage/judge.ts'
import { forgetOld, newUsage, takeMeasured } from '../../usage/take.ts'
import type { Context } from '../context.ts'
import { report } from './report.ts'
import { endedKeysOf, probedUntilOf, subjectOf } from './subjects.ts'

/** For numbers of a key whose config says nothing of its use. */
const defaultRules: UsageRules = { from: [], ratio: 3, idle: false, policy: 'tell', policies: {} }

export interface Taken {
  meter: string
  measured: readonly Measured[]
  completeTo: number | 'each'
}

export async function takeAndJudge(
  context: Context,
  key: KeyConfig,
  record: KeyRecord | null,
  taken: Taken,
): Promise<void> {
  const now = context.clock.wallMs()
  const { rules, hand, name } = atHand(context, key)
  const judged = { rules, ended: endedKeysOf(record, now), now, probedUntil: probedUntilOf(record, now) }
  const take = (document: UsageDocument): Found[] => {
    takeMeasured(document, taken.meter, taken.measured, taken.completeTo)
    const found = judgeUsage(document, judged)
    forgetOld(
      document,
      subjectOf(key.name, record).keys.map(({ fingerprint }) => fingerprint),
      now,
    )
    return found
  }
  const id = { kind: 'usage', name }
  const stored = await hand.documents.read(id)
  const draft = parseOrNone<UsageDocument>(stored) ?? newUsage(key.name)
  const found = take(draft)
  const readTo = Math.max(0, ...Object.values(draft.readTo))
  const findings = await changeOrRenew<FindingsDocument>(hand, { kind: 'finding', name }, (before) => {
    if (!before && found.length === 0) return undefined
    const compared = compareFindings(before?.findings ?? [], found, { rules, now, readTo })
    const next = { ...(before ?? { schema: 1 as const, key: key.name }), findings: compared.findings }
    return JSON.stringify(next) === JSON.stringify(before) ? undefined : next
  })
  if (findings) await report(context, key, findings)
  const change = { text: JSON.stringify(draft), revision: stored?.revision ?? 0 }
  if ((await hand.documents.write(id, change)) !== 'conflict') return
  // Somebody has typed numbers in meanwhile: these are taken into theirs.
  await changeOrRenew<UsageDocument>(hand, id, (before) => {
    const document = before ?? newUsage(key.name)
    take(document)
    return document
  })
}

function atHand({ journal, clock, random }: Context, key: KeyConfig) {
  const hand = { documents: journal.documents, clock, random }
  return { rules: key.usage ?? defaultRules, hand, name: documentNameOf(key.name) }
}
