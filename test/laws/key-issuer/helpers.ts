/* Helpers for the rules of issuers. */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import type { Call } from '../../../src/contracts/call.ts'
import { type ErrorCode, LeaseOverError, ProviderError } from '../../../src/contracts/errors.ts'
import type {
  ApiIssuer,
  IssueRequest,
  KeyIssuer,
  KeyRef,
  ProbeAnswer,
} from '../../../src/contracts/key-issuer.ts'
import { type Material, SecretValue } from '../../../src/contracts/secret-value.ts'
import type { FaultyIssuer, IssuerFault, IssuerFixture } from './fixture.ts'

export function newCall(more: Partial<Call> = {}): Call {
  return { signal: AbortSignal.timeout(60_000), beforeSend: () => {}, ...more }
}

/** A call whose lease is over, so nothing may be sent. */
export function overdueCall(): Call {
  return newCall({
    beforeSend: () => {
      throw new LeaseOverError()
    },
  })
}

/** A call that is aborted after this time. */
export function abortedCall(afterMs: number): Call {
  return newCall({ signal: afterMs === 0 ? AbortSignal.abort() : AbortSignal.timeout(afterMs) })
}

/** A request for a key with an unused mark, optionally with a given number. */
export function newRequest(number = 1, rotation = randomBytes(4).toString('hex')): IssueRequest {
  const mark = `law0-20260101-${rotation}-${number}`
  return { name: `keyrota-law-${mark}`, mark, seen: [] }
}

export interface MadeKey {
  ref: KeyRef
  material: Material
  request: IssueRequest
}

/** Creates a key and waits until it is in force. */
export async function issued(fixture: IssuerFixture, request = newRequest()): Promise<MadeKey> {
  const whole = await completeRequest(fixture, request)
  const made = await fixture.issuer.issue(whole, newCall())
  await fixture.settle()
  return { ...made, request: whole }
}

/** The request as a rotation would send it: with the keys that are live already and the one in use. */
export async function completeRequest(fixture: IssuerFixture, request = newRequest()): Promise<IssueRequest> {
  const { issuer, inUse } = fixture
  const seen = isListed(issuer) ? (await issuer.list(newCall())).map((ref) => ref.id) : []
  return { ...request, seen, ...(inUse ? { current: inUse } : {}) }
}

export function isListed(issuer: ApiIssuer): boolean {
  return issuer.traits.lists !== false
}

/** A revoked key is rejected at the latest when the settle time is over. */
export async function expectRejected(issuer: KeyIssuer, material: Material): Promise<void> {
  const { settleMs, revokeSettleMs = settleMs } = issuer.traits
  const latest = performance.now() + revokeSettleMs
  for (;;) {
    const isLate = performance.now() >= latest
    const { verdict } = await probe(issuer, material)
    if (verdict === 'rejected') return
    assert.ok(!isLate, `expected a rejected key after the settle time, it is ${verdict}`)
    await new Promise((resolve) => setTimeout(resolve, Math.min(500, latest - performance.now())))
  }
}

/** Some services report success for a key they no longer have, others that they do not know it. */
export async function expectGone(revoking: Promise<void>): Promise<void> {
  await revoking.catch((error: unknown) => {
    assert.ok(error instanceof ProviderError, `expected a ProviderError, got ${inspect(error)}`)
    assert.deepEqual([error.code, error.effect], ['not_found', 'none'], error.message)
  })
}

export async function expectAccepted(issuer: KeyIssuer, material: Material): Promise<void> {
  assert.equal((await probe(issuer, material)).verdict, 'accepted')
}

export async function probe(issuer: KeyIssuer, material: Material): Promise<ProbeAnswer> {
  return await issuer.probe(material, newCall())
}

/** Well-formed values that cannot be a key. */
export function garbageOf(issuer: KeyIssuer): Material {
  const parts = issuer.traits.parts.map((part) => [
    part,
    new SecretValue(`garbage${randomBytes(24).toString('hex')}`),
  ])
  return issuer.garbage?.() ?? Object.fromEntries(parts)
}

/** Expects a ProviderError with one of these codes and returns it. */
export async function refused(promise: Promise<unknown>, ...codes: ErrorCode[]): Promise<ProviderError> {
  const error = await promise.then(
    (value) => assert.fail(`expected ${codes.join(' or ')}, it answered ${inspect(value)}`),
    (caught: unknown) => caught,
  )
  assert.ok(error instanceof ProviderError, `expected a ProviderError, got ${inspect(error)}`)
  assert.ok(codes.includes(error.code), `expected ${codes.join(' or ')}, got ${error.code}: ${error.message}`)
  assert.match(error.nextStep, /\w+ .*\.$/, 'the next step is a sentence')
  return error
}

/** Runs something under a fault and always removes the fault. */
export async function under<T>(
  fixture: IssuerFixture,
  kind: IssuerFault,
  run: (faulty: FaultyIssuer['issuer']) => Promise<T>,
): Promise<T> {
  const { issuer, undo } = await fixture.fault(kind)
  try {
    return await run(issuer)
  } finally {
    await undo()
  }
}

/** Expects that neither the error nor anything it references contains one of these texts. */
export function assertNothingLeaks(shown: unknown, secrets: readonly string[]): void {
  const text = `${inspect(shown, { depth: 12, showHidden: true })}\n${JSON.stringify(shown)}\n${String(shown)}`
  for (const secret of secrets) {
    for (const form of [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '')]) {
      assert.ok(!text.includes(form), 'a secret can be read in it')
    }
  }
}

export function valuesOf(material: Material): string[] {
  return Object.values(material).map((value) => value.expose())
}

/** One verb of an issuer as a call on some key. */
export interface VerbCall {
  verb: string
  /** Whether it may change something at the service. */
  changes: boolean
  run(call: Call): Promise<unknown>
}

/** Every verb of an issuer except the probe, which returns a verdict where the others throw. */
export function verbsOf(issuer: ApiIssuer, key: MadeKey): VerbCall[] {
  const { ref, material, request } = key
  const held = { ref, material }
  const again = { ...request, ...newRequest() }
  const verbs: VerbCall[] = [
    { verb: 'issue', changes: true, run: (call) => issuer.issue(again, call) },
    { verb: 'find', changes: false, run: (call) => issuer.find(request, call) },
    { verb: 'list', changes: false, run: (call) => issuer.list(call) },
    { verb: 'revoke', changes: true, run: (call) => issuer.revoke(held, call) },
    { verb: 'endOverlap', changes: true, run: async (call) => issuer.endOverlap?.(call) },
    { verb: 'readBack', changes: false, run: async (call) => issuer.readBack?.(call) },
    { verb: 'disable', changes: true, run: async (call) => issuer.disable?.(held, call) },
    { verb: 'enable', changes: true, run: async (call) => issuer.enable?.(held, call) },
    { verb: 'lastUsed', changes: false, run: async (call) => issuer.lastUsed?.(ref, call) },
    { verb: 'identify', changes: false, run: async (call) => issuer.identify?.(material, call) },
  ]
  const missing = [
    ...(isListed(issuer) ? [] : ['find', 'list']),
    // It throws `invalid` and sends nothing, which is a rule of its own.
    ...(issuer.lifecycle === 'roll' ? ['revoke'] : []),
  ]
  return verbs.filter(({ verb }) => !missing.includes(verb) && issuer[verb as keyof ApiIssuer] !== undefined)
}

export async function countRequests(fixture: Pick<IssuerFixture, 'requestCount'>): Promise<number> {
  return fixture.requestCount === 'local' ? 0 : await fixture.requestCount()
}
