import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import type { Call } from '../../../src/contracts/call.ts'
import { type ErrorCode, LeaseOverError, ProviderError } from '../../../src/contracts/errors.ts'
import type { SecretAddress, SecretStore, StoredKey } from '../../../src/contracts/secret-store.ts'
import { material } from '../../../src/contracts/secret-value.ts'
import type { Content, StoreFixture } from './fixture.ts'

const minted: string[] = []
let lastMark = 0

/** A key that is like no other; from now on no error may contain it. */
export function newValue(): string {
  const value = randomBytes(24).toString('base64url')
  minted.push(value)
  return value
}

/** A mark as the workflow mints them, never used before. */
export function newMark(): string {
  lastMark += 1
  return `k7f3qa-20261122-${randomBytes(3).toString('hex')}-${lastMark}`
}

/** A call whose lease holds; `sent` counts how often the adapter asked. From the n-th request on the lease is over. */
export function newCall(
  options: { signal?: AbortSignal; leaseOverAt?: number } = {},
): Call & { sent: number } {
  const call = {
    sent: 0,
    signal: options.signal ?? new AbortController().signal,
    beforeSend(): void {
      if (options.leaseOverAt !== undefined && call.sent + 1 >= options.leaseOverAt)
        throw new LeaseOverError()
      call.sent += 1
    },
  }
  return call
}

/** The address of a key with one part. */
export function oneField(secret: string): SecretAddress {
  return { secret, fields: { value: 'API_KEY' } }
}

/** The address of a key with two parts. */
export function twoFields(secret: string): SecretAddress {
  return { secret, fields: { id: 'API_ID', secret: 'API_KEY' } }
}

/** One field of a secret as the service has it; undefined when it is not there. */
export async function rawField(
  fixture: StoreFixture,
  secret: string,
  field: string,
): Promise<string | undefined> {
  const content = await fixture.rawRead(secret)
  assert.notEqual(typeof content, 'string', 'the content is one string, but fields were expected')
  return (content as Record<string, string>)[field]
}

/** Writes one part and returns the version. */
export async function put(
  store: SecretStore,
  address: SecretAddress,
  value: string,
  replaces: string,
  mark = newMark(),
): Promise<string> {
  const { version } = await store.write(address, material({ value }), { mark, replaces }, newCall())
  return version
}

/** What a version holds, as plain strings. */
export async function get(
  store: SecretStore,
  address: SecretAddress,
  version: string,
): Promise<Record<string, string>> {
  const { material: parts } = await store.read(address, version, newCall())
  return Object.fromEntries(Object.entries(parts).map(([part, value]) => [part, value.expose()]))
}

/** The current key, asked for until its version is the expected one or the store's settle time is over. */
export async function readSettled(
  fixture: StoreFixture,
  address: SecretAddress,
  isExpected: (version: string) => boolean,
): Promise<StoredKey> {
  const { settleMs } = fixture.store.traits
  const end = performance.now() + settleMs
  for (;;) {
    const seen = await fixture.store.read(address, 'current', newCall())
    if (isExpected(seen.version) || performance.now() >= end) return seen
    await sleep(Math.min(50, settleMs))
  }
}

/** Makes a secret with one key and one sibling, and reads its version. */
export async function seeded(
  fixture: StoreFixture,
): Promise<{ secret: string; address: SecretAddress; old: string; version: string; content: Content }> {
  const old = newValue()
  const content = { API_KEY: old, SIBLING: newValue() }
  const secret = await fixture.newSecret(content)
  const address = oneField(secret)
  const { version } = await fixture.store.read(address, 'current', newCall())
  return { secret, address, old, version, content }
}

/**
 * Waits for the verb to be refused and returns the error: it must be a ProviderError with one of the codes, a next
 * step, and nothing of any value the law ever used in anything it prints.
 */
export async function refused(attempt: Promise<unknown>, ...codes: ErrorCode[]): Promise<ProviderError> {
  const error = await attempt.then(
    () => assert.fail(`expected ${codes.join(' or ')}, but it was done`),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof ProviderError, `expected a ProviderError, but got ${inspect(error)}`)
  assert.ok(
    codes.includes(error.code),
    `expected ${codes.join(' or ')}, but got ${error.code}: ${error.message}`,
  )
  assert.ok(error.nextStep.length > 0, 'the error names no next step')
  assertNothingLeaks(error)
  return error
}

/** The same for a write, which moreover must not have changed what the service holds when it says `effect: none`. */
export async function refusedWrite(
  fixture: StoreFixture,
  secret: string,
  attempt: () => Promise<unknown>,
  ...codes: ErrorCode[]
): Promise<ProviderError> {
  const before = await fixture.rawRead(secret)
  const error = await refused(attempt(), ...codes)
  if (error.effect === 'none') assert.deepEqual(await fixture.rawRead(secret), before)
  return error
}

/** Fails if what the thing prints contains a value in any usual spelling. */
export function assertNothingLeaks(thing: unknown): void {
  const printed = `${inspect(thing, { depth: 12, showHidden: true, maxStringLength: null, maxArrayLength: null })}\n${safeJson(thing)}`
  for (const value of minted) {
    for (const spelling of [
      value,
      Buffer.from(value).toString('base64'),
      Buffer.from(value).toString('hex'),
    ]) {
      assert.ok(!printed.includes(spelling), 'what was thrown or returned contains a value')
    }
  }
}

function safeJson(thing: unknown): string {
  const seen = new Set<unknown>()
  return (
    JSON.stringify(thing, (_key, value: unknown) => {
      if (typeof value === 'bigint') return value.toString()
      if (typeof value !== 'object' || value === null) return value
      if (seen.has(value)) return undefined
      seen.add(value)
      return value
    }) ?? ''
  )
}
