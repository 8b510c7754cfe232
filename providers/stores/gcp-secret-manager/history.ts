import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import { remember } from '../../shared/store/recent.ts'

/*
 * Versions are numbers without gaps, and a version has no room for a mark: keeping it on the secret would cost two more
 * requests and the right to change the secret's settings. So the process remembers what it sent and which number was
 * the newest; another process recognizes a repeat by what it replaces and what it finds.
 */

/** A write that this process sent. */
export interface SentWrite {
  fingerprint: string
  /** The number it gets unless another write comes first. */
  expected: number
  /** The number it got; undefined while its answer is not known. */
  version: number | undefined
}

export interface History {
  /** The write that was sent with this mark. */
  findSent(at: SentAt): SentWrite | undefined
  rememberSent(at: SentAt, sent: SentWrite): void
  /**
   * The highest version that this process knows the secret to have; 0 for none. The list of versions may be behind for
   * minutes, our own additions included; a version asked for by its number never is.
   */
  newestOf(resource: string): number
  /** Only an addition gives a number for certain; a lower one than is known changes nothing. */
  rememberNewest(resource: string, number: number): void
  forgetNewest(resource: string): void
}

/** Where and with which mark a write was sent. */
interface SentAt {
  resource: string
  address: SecretAddress
  mark: string
}

export function makeHistory(): History {
  const sent = new Map<string, SentWrite>()
  const newest = new Map<string, number>()
  const keyOf = ({ resource, address, mark }: SentAt) =>
    JSON.stringify([resource, Object.entries(address.fields).sort(), mark])
  return {
    findSent: (at) => sent.get(keyOf(at)),
    rememberSent: (at, write) => remember(sent, keyOf(at), write),
    newestOf: (resource) => newest.get(resource) ?? 0,
    rememberNewest: (resource, number) =>
      remember(newest, resource, Math.max(number, newest.get(resource) ?? 0)),
    forgetNewest: (resource) => void newest.delete(resource),
  }
}

export function isVersionNumber(version: string): boolean {
  return /^[1-9]\d{0,14}$/.test(version)
}
