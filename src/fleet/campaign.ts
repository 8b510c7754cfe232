/*
 * A campaign: many keys that a person has rotated at once. Its document is small; the rows of its keys are kept beside it
 * in pieces. What came of a key is in the record of that key: a row only remembers it for the time after.
 */

export type CampaignState = 'waiting-for-approval' | 'running' | 'paused' | 'done' | 'stopped'

/** What is asked of each key. */
export interface Order {
  readonly reason: 'asked' | 'compromised'
  readonly leaked?: 'old' | 'new' | 'both'
  /** The old key is revoked this long after the rotation of that key began, even while it is still in use. */
  readonly killAfterMs?: number
  readonly why?: string
}

export interface Caps {
  /** Rotations at the same time: in one process, and of one issuer, one store and one consumer. */
  readonly atOnce: number
  readonly perIssuer?: number
  readonly perStore?: number
  readonly perConsumer?: number
}

export interface CampaignPlan {
  /** The options that chose the keys, as they are typed. */
  readonly selection: string
  readonly order: Order
  /** Names the key that goes first; null: none can be rotated unattended. */
  readonly canary: string | null
  /** After each wave, how many of the keys that need no person are rotated, in all. */
  readonly waves: readonly number[]
  readonly caps: Caps
  /** Keys that campaigns may begin within an hour; null: a person broke the glass. */
  readonly perHour: number | null
  readonly breaker: { readonly ratio: number; readonly least: number }
  readonly stuckAfterMs: number
}

/**
 * `auto`: needs no person. `people`: one is asked, or has been, and is not waited for. `left`: nothing is done to it.
 */
export type RowGroup = 'auto' | 'people' | 'left'

/** One key of a campaign. The rows of a campaign are in the order of their turn. */
export interface Row {
  readonly key: string
  readonly group: RowGroup
  /** Why it is left. */
  readonly why?: string
  /** The rotation that has replaced it, remembered for the time when its record shows a later one. */
  done?: string
  doneAt?: number
  /** A rotation that failed, and after which a person has let the campaign go on. */
  acknowledged?: string
  /** It could not be begun: why. */
  refused?: string
}

export interface Counts {
  readonly done: number
  readonly failed: number
  /** Under way, in the overlap included. */
  readonly running: number
  readonly pending: number
  /** A person was asked. */
  readonly asked: number
  readonly left: number
}

export interface Approval {
  readonly by: string
  readonly at: number
  /** Of what was approved. */
  readonly digest: string
}

export type PauseReason = 'asked' | 'signal' | 'canary' | 'breaker' | 'changed'

export interface Campaign {
  readonly schema: 1
  readonly id: string
  state: CampaignState
  readonly createdAt: number
  readonly by: string
  readonly plan: CampaignPlan
  readonly isBreakGlass: boolean
  /** Of the plan and the rows: what a person has approved is what is done. */
  readonly digest: string
  /** How many pieces its rows are kept in. */
  readonly pieces: number
  /** Absent: nobody has to agree. */
  readonly approval?: { readonly from: readonly string[]; readonly until: number; given: Approval[] }
  /** The wave that is under way, from 0. */
  wave: number
  /** Why it is paused or was stopped, and by whom. */
  halt?: { readonly at: number; readonly by: string; readonly reason: PauseReason; readonly why: string }
  /** The process that drives it. `beat` grows as long as it lives. */
  worker: { readonly holder: string; readonly beat: number } | null
  /** As of the last beat. */
  counts: Counts
  startedAt?: number
  endedAt?: number
}

/** Rows in one document: the longest names there are stay well within its limit. */
export const ROWS_IN_PIECE = 500

export const MAX_KEYS = 100_000

export function splitRows(rows: readonly Row[]): Row[][] {
  const pieces: Row[][] = []
  for (let from = 0; from < rows.length; from += ROWS_IN_PIECE)
    pieces.push(rows.slice(from, from + ROWS_IN_PIECE))
  return pieces
}

/** Whether nothing can change about it any more. */
export function isOver({ state }: Pick<Campaign, 'state'>): boolean {
  return state === 'done' || state === 'stopped'
}
