/*
 * What is kept of reports between the request and what is done about them: fingerprints and words, never a value. One
 * document for each report until it is worked off, one for what each receiver has sent lately, and one for each
 * managed value that leaked.
 */

import { createHash } from 'node:crypto'
import type { DocumentId } from '../../contracts/documents.ts'
import type { ReportPolicy } from '../../contracts/receiver.ts'

export const REPORT = 'report'
const RECEIVED = 'received'
export const LEAK = 'leak'

/** A report that waits. */
export interface ReportDocument {
  receiver: string
  /** By the clock of the process that received it. */
  at: number
  /** As configured when it came in. */
  policy: ReportPolicy
  leaks: ReportedLeak[]
  isCut?: true
  /** Who works on it, and since when: after a while somebody else may. */
  taken?: { by: string; at: number }
  /** What could not be done yet. */
  tries?: { count: number; next: number }
}

/** What the sender said beside a value, cut. */
export interface Words {
  url?: string
  source?: string
  reporter?: string
}

export interface ReportedLeak extends Words {
  /** Fingerprint → the encoding it was read in. */
  forms: Record<string, string>
  /** The sender's hash of the value. */
  hash?: string
  /** Where the receiver can ask for the value. */
  place?: string
}

/** What a receiver has sent lately. */
export interface ReceivedDocument {
  /** Name of a report → when it came. */
  seen: Record<string, number>
  /** When reports of it started rotations. */
  rotated: number[]
}

/** A value of a managed key that leaked, by its fingerprint. */
export interface LeakDocument {
  /** What was done at which key. */
  keys: Record<string, { did: 'told' | 'asked' | 'rotated'; at: number }>
  first: number
  last: number
  reports: number
}

/** The same body of the same receiver is the same report; a large one is kept in parts. */
export function hashReport(receiver: string, body: Buffer): string {
  return createHash('sha256').update(`${receiver}\0`).update(body).digest('hex').slice(0, 32)
}

/** Reports of one receiver stand beside each other, so that they can be counted. */
export function nameReport(receiver: string, hash: string, part: number): DocumentId {
  return { kind: REPORT, name: `${prefixOf(receiver)}${hash}.${part}` }
}

export function prefixOf(receiver: string): string {
  return `${receiver}.`
}

export function nameReceived(receiver: string): DocumentId {
  return { kind: RECEIVED, name: receiver }
}

export function nameLeak(fingerprint: string): DocumentId {
  return { kind: LEAK, name: fingerprint }
}
