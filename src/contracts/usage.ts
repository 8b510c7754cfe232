/* The watch over the use of keys: what the config says of it, and what is kept of it. No value in any of it. */
import { createHash } from 'node:crypto'

/** Half an hour: any hour of use lies in two or three of them. */
export const SLOT_MS = 1_800_000

export type FindingKind = 'limit' | 'spike' | 'old-key' | 'idle' | 'silence' | 'new-source' | 'new-path'

/** What follows from a finding: people are told, asked to rotate the key, or it is rotated as compromised. */
export type UsagePolicy = 'tell' | 'ask' | 'rotate'

/** How the use of one key is watched. */
export interface UsageRules {
  /** Names of meters; `issuer` is the key's own issuer. */
  readonly from: readonly string[]
  /** More in one hour is a finding, whatever is usual. */
  readonly mostPerHour?: number
  /** More than this many times what is usual in the hour. */
  readonly ratio: number
  /** Nobody should use the key at all. */
  readonly idle: boolean
  /** The key is used all the time; this long without a use is a finding. */
  readonly silentForMs?: number
  readonly policy: UsagePolicy
  /** Where it differs from `policy`. */
  readonly policies: Readonly<Partial<Record<FindingKind, UsagePolicy>>>
}

/** Uses of one key at the issuer, the latest last. */
export interface KeyUses {
  /** Beginning, end and amount of each time in which it was used; an amount of 0: used, not known how often. */
  recent: [from: number, to: number, amount: number][]
  /** Who used it last, as far as the meter tells. */
  by: string[]
}

/** Document `usage`, one for each key that is watched. */
export interface UsageDocument {
  schema: 1
  key: string
  /** By `meter/unit`. */
  series: Record<string, { first: number; text: string }>
  /** Counters as they stood when they were read last, by `meter/unit|fingerprint|source`. */
  totals: Record<string, { at: number; amount: number }>
  /** Until when each meter was read. */
  readTo: Record<string, number>
  /** Until when it was judged. */
  judgedTo: number
  /** By `trait:value`: when it was first and last seen. */
  seen: Record<string, [first: number, last: number]>
  /** By fingerprint. */
  uses: Record<string, KeyUses>
  /** Times of findings about the amount: they are not what is usual. */
  marked: [from: number, to: number][]
}

/** One thing that is not as it should be with the use of a key. */
export interface Finding {
  kind: FindingKind
  /** Which series or source it is about; absent: the key. */
  about?: string
  since: number
  lastSeen: number
  policy: UsagePolicy
  text: string
  /** The numbers that made it. */
  numbers: Record<string, number>
  /** Where the use came from, as far as it is told. */
  by: string[]
  /** A person said that it is all right. */
  acceptedAt?: number
  /** When it was over. */
  overAt?: number
  /** People were told. */
  told?: true
  toldOver?: true
  /** The policy wants a rotation that is not on record yet. */
  wantsRotation?: true
}

/** Document `finding`, one for each key that has any. */
export interface FindingsDocument {
  schema: 1
  key: string
  findings: Finding[]
  /** When the policy last had the key rotated. */
  rotatedAt?: number
}

/** The name of the document of this key: keys of teams are called `namespace/name`. */
export function documentNameOf(key: string): string {
  const name = key.replace('/', '.')
  if (name.length <= 100) return name
  return `${name.slice(0, 60).replace(/[.-]+$/, '')}.${createHash('sha256').update(key).digest('hex').slice(0, 16)}`
}

/** What the rules say has to follow from a finding of this kind. Nothing is rotated because of a silence. */
export function policyFor({ policy, policies }: UsageRules, kind: FindingKind): UsagePolicy {
  const said = policies[kind] ?? policy
  return kind === 'silence' && said === 'rotate' ? 'ask' : said
}

/** `issuer` in `usage.from`: a meter of its own for each issuer. */
export const ISSUER_METER = 'issuer'

/** What a meter is called in documents. */
export function meterName(from: string, issuer: string): string {
  return from === ISSUER_METER ? `${ISSUER_METER}.${issuer}` : from
}
