import type { ApiIssuer, OperatorIssuer } from '../../../src/contracts/key-issuer.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'

/*
 * What an issuer brings to be held against the law: the adapter under test, the same service seen from its own side
 * (never through the adapter), and ways to make it fail. Nothing here switches a rule off.
 *
 * Every rule makes its own keys and undoes its own faults, so one fixture may serve all rules, one after another.
 */

/**
 * `denied` the adapter's own credential is refused · `throttled` every request is "too many" · `unavailable` every
 * request is a 5xx or a refused connection, without effect · `hang` requests are taken and never answered ·
 * `lost-answer` the next changing request has its effect and the connection is cut instead of the answer ·
 * `truncated` the same with half an answer.
 */
export type IssuerFault = 'denied' | 'throttled' | 'unavailable' | 'hang' | 'lost-answer' | 'truncated'

/** A fault that is switched on now. */
export interface FaultyIssuer<I = ApiIssuer> {
  /** The adapter to use while the fault lasts: the fixture's own, or one with other credentials or address. */
  readonly issuer: I
  /** Takes the fault away. */
  undo(): Promise<void>
}

export interface IssuerFixture {
  /** The adapter under test. Its lifecycle is `many`. */
  readonly issuer: ApiIssuer
  /** A throttled answer says how long to wait. */
  readonly tellsRetryAfter: boolean
  /** The adapter's own credentials, so that errors can be searched for them. */
  readonly credentials: readonly string[]
  /** Ids of the live keys at the service's own side; revoked ones are not among them. */
  liveIds(): Promise<readonly string[]>
  /** Requests that the service has received; `local` where there are none to count. */
  readonly requestCount: (() => Promise<number>) | 'local'
  /** Resolves when what was made or ended before is in force and listed everywhere. */
  settle(): Promise<void>
  fault(kind: IssuerFault): Promise<FaultyIssuer>
  close?(): Promise<void>
}

/** One rule of the law. A runner makes one test of each; it passes when `run` resolves. */
export interface IssuerRule {
  readonly name: string
  run(fixture: IssuerFixture): Promise<void>
}

/** For issuers whose keys a person makes. */
export interface OperatorFixture {
  readonly issuer: OperatorIssuer
  readonly tellsRetryAfter: boolean
  /** A key that works, made at the service's own side; `revoke` ends it there. */
  newKey(): Promise<{ material: Material; revoke(): Promise<void> }>
  /** Resolves when what was made or ended before is in force and listed everywhere. */
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
