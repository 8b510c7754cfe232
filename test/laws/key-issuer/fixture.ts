import type { ApiIssuer, HeldKey, KeyRef, OperatorIssuer } from '../../../src/contracts/key-issuer.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'

/*
 * What a test of an issuer provides: the adapter, direct access to the service behind it (never through the adapter), and
 * faults. Nothing here switches a rule off.
 *
 * Every rule creates its own keys and undoes its own faults, so one fixture can serve all rules in sequence.
 */

/**
 * `denied`: the adapter's own credential is refused. `throttled`: every request is "too many". `unavailable`: every request
 * is a 5xx or a refused connection, without effect. `hang`: requests are accepted and never get a response.
 * `lost-answer`: the next changing request takes effect, then the connection is cut before the response. `truncated`: the
 * same after half a response.
 */
export type IssuerFault = 'denied' | 'throttled' | 'unavailable' | 'hang' | 'lost-answer' | 'truncated'

/** An active fault. */
export interface FaultyIssuer<I = ApiIssuer> {
  /** The adapter to use while the fault lasts: the fixture's own, or one with other credentials or address. */
  readonly issuer: I
  /** Removes the fault. */
  undo(): Promise<void>
}

export interface IssuerFixture {
  /** The adapter under test. Its lifecycle is that of the law it is held against. */
  readonly issuer: ApiIssuer
  /** Whether a throttled response says how long to wait. */
  readonly reportsRetryAfter: boolean
  /** The adapter's own credentials, so that errors can be searched for them. */
  readonly credentials: readonly string[]
  /** Ids of the live keys as the service itself has them, without revoked ones, in the form the adapter gives them. */
  liveIds(): Promise<readonly string[]>
  /** How many requests the service received; `local` if there are none to count. */
  readonly requestCount: (() => Promise<number>) | 'local'
  /** Resolves when earlier creations and revocations are in force and listed everywhere. */
  settle(): Promise<void>
  /** Only for `slots`: the key in use, at first one created at the service. It lives on whatever a rule does. */
  inUse?: HeldKey & { material: Material }
  /**
   * Only for a `roll` whose old key dies after a time: lets that time pass. Leave it out if it is longer than a test;
   * the issuer in memory has it.
   */
  passOverlap?(): Promise<void>
  fault(kind: IssuerFault): Promise<FaultyIssuer>
  close?(): Promise<void>
}

/** One rule of the law, passed if `run` resolves. Create one test per rule. */
export interface IssuerRule {
  readonly name: string
  run(fixture: IssuerFixture): Promise<void>
}

/** The fixture for issuers whose keys a person creates. */
export interface OperatorFixture {
  readonly issuer: OperatorIssuer
  readonly reportsRetryAfter: boolean
  /** A working key created directly at the service, with its id where the API revokes by it; `revoke` revokes it there. */
  newKey(): Promise<{ material: Material; ref?: KeyRef; revoke(): Promise<void> }>
  /** Resolves when earlier creations and revocations are in force and listed everywhere. */
  settle(): Promise<void>
  /** How often the service did real work, e.g. generated something. */
  workDone(): Promise<number>
  readonly requestCount: (() => Promise<number>) | 'local'
  fault(kind: 'throttled' | 'unavailable' | 'hang' | 'truncated'): Promise<FaultyIssuer<OperatorIssuer>>
  close?(): Promise<void>
}

export interface OperatorRule {
  readonly name: string
  run(fixture: OperatorFixture): Promise<void>
}
