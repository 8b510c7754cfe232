import type { ApiIssuerTraits, OperatorIssuerTraits } from './key-issuer.ts'
import type { StoreTraits } from './secret-store.ts'

/** The config of one key as a rotation pinned it. */
export interface Pin {
  issuer: PinnedIssuer
  targets: PinnedTarget[]
  consumers: PinnedConsumer[]
  policy: Policy
}

export interface PinnedIssuer {
  name: string
  lifecycle: 'many' | 'slots' | 'roll' | 'self' | 'operator'
  traits: OperatorIssuerTraits | ApiIssuerTraits
  canDisable: boolean
  canIdentify: boolean
  /** `roll`: what was replaced can be ended before its time. */
  canEndOverlap?: boolean
  /** The value that is at the service now can be read again. */
  canReadBack?: boolean
  /** Of an `operator`: the API revokes, although a person creates. */
  canRevoke?: boolean
}

export interface PinnedTarget {
  /** `<store>/<secret>#<field>`: names the target in records and on screens. */
  id: string
  store: string
  secret: string
  fields: Record<string, string | null>
  /** The text of the one field, with the parts of the key in it; then `fields` has that one as `value`. */
  template?: string
  traits: StoreTraits
}

export interface PinnedConsumer {
  name: string
  restarts: boolean
}

/** Durations in milliseconds. */
export interface Policy {
  everyMs: number
  overlapMs: number
  /** Times in a row a verdict must come before it counts. */
  confirmations: number
  /** How long one provider call may take. */
  callLimitMs: number
  /** How long an unproven target's consumers are waited for; absent: a person must say so. */
  quietForMs?: number
  /** How long consumers may take to become ready after a restart. */
  readyLimitMs: number
  /** How long a step may go without progress before it is blocked. */
  giveUpMs: number
  /** Ahead of the due date, for an operator's key. */
  askBeforeMs: number
  remindEveryMs: number
  operatorDeadlineMs: number
  afterCareMs: number
  /** Shortest pause between two tries of anything, and the longest. */
  retryMinMs: number
  retryMaxMs: number
  allowOutage: boolean
}
