/** Compares what one look found with what is on record: what is new, what goes on, what is over. Pure. */
import { type Finding, type FindingKind, policyFor, type UsageRules } from '../contracts/usage.ts'
import type { Found } from './found.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Findings of one key that are kept; the newest ones. */
const MOST = 40
/** What is over is shown this long. */
const SHOWN_MS = 7 * DAY_MS

/** How long after it was last seen a finding is over; a silence ends with the first use. */
const overAfterMs: Readonly<Record<FindingKind, number>> = {
  limit: 2 * HOUR_MS,
  spike: 2 * HOUR_MS,
  'old-key': DAY_MS,
  idle: DAY_MS,
  silence: 0,
  'new-source': 7 * DAY_MS,
  'new-path': 7 * DAY_MS,
}

export interface Compared {
  findings: Finding[]
  begun: Finding[]
  over: Finding[]
}

/**
 * One finding for each kind and what it is about, told once. `readTo`: until when the use is known, as nothing is over
 * because nobody looked.
 */
export function compareFindings(
  before: readonly Finding[],
  found: readonly Found[],
  { rules, now, readTo }: { rules: UsageRules; now: number; readTo: number },
): Compared {
  const compared: Compared = { findings: [], begun: [], over: [] }
  const left = new Map(found.map((one) => [idOf(one), one]))
  for (const known of before) {
    const again = left.get(idOf(known))
    if (known.overAt === undefined && again) {
      left.delete(idOf(known))
      compared.findings.push(goOn(known, again))
    } else if (known.overAt === undefined && isOver(known, readTo)) {
      const over = { ...known, overAt: now }
      compared.findings.push(over)
      compared.over.push(over)
    } else if (known.overAt === undefined || known.overAt > now - SHOWN_MS) compared.findings.push(known)
  }
  for (const one of left.values()) {
    const { kind, about, lastSeen, text, numbers, by } = one
    const policy = policyFor(rules, kind)
    const begun: Finding = {
      ...{ kind, since: now, lastSeen, policy, text, numbers, by: [...by] },
      ...(about === undefined ? {} : { about }),
    }
    compared.begun.push(begun)
    compared.findings.push(begun)
  }
  compared.findings = compared.findings.slice(-MOST)
  return compared
}

/** The numbers of its worst hour stay. */
function goOn(known: Finding, { lastSeen, text, numbers, by }: Found): Finding {
  const isWorse = (numbers.amount ?? numbers.hours ?? 0) >= (known.numbers.amount ?? known.numbers.hours ?? 0)
  const latest = Math.max(known.lastSeen, lastSeen)
  return {
    ...known,
    lastSeen: latest,
    ...(isWorse ? { text, numbers: { ...numbers } } : {}),
    by: by.length > 0 ? [...by] : known.by,
  }
}

function isOver({ kind, lastSeen, acceptedAt }: Finding, readTo: number): boolean {
  if (acceptedAt !== undefined && (kind === 'new-source' || kind === 'new-path')) return true
  return kind === 'silence' ? readTo > lastSeen : readTo >= lastSeen + overAfterMs[kind]
}

function idOf({ kind, about = '' }: Pick<Found, 'kind' | 'about'>): string {
  return `${kind} ${about}`
}

/** What a person still has to look at. */
export function openFindings(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ overAt, acceptedAt }) => overAt === undefined && acceptedAt === undefined)
}
