import type { SecretAddress, SecretStore } from '../../../src/contracts/secret-store.ts'

/*
 * What a store brings to be held against the law: the adapter under test, the same service seen from its own side
 * (never through the adapter), ways to make it fail, and what the service is by its nature. Nothing here switches
 * a rule off: where a service lacks an ability, the law holds it to another rule instead.
 *
 * Every rule makes its own secrets and undoes its own faults, so one fixture may serve all rules, one after another.
 */

/** Fields of a secret, or its whole value as one string. */
export type Content = Readonly<Record<string, string>> | string

/** A fault that is switched on now. */
export interface Fault {
  /** The adapter to use while the fault lasts: the fixture's own, or one with other credentials or address. */
  readonly store: SecretStore
  /** Takes the fault away. */
  undo(): Promise<void>
}

/** What the service is, from its own reference. */
export interface StoreNature {
  /** An address may say `null` for the whole secret. False: that is refused as `invalid` before any request. */
  readonly wholeSecret: boolean
  /** A principal without rights gets `not_found` for an absent secret; false: it gets `denied` for that too. */
  readonly distinguishesAbsent: boolean
  /** A throttled answer says how long to wait. */
  readonly sendsRetryAfter: boolean
  /** What `retire` answers for a replaced version. */
  readonly retires: 'gone' | 'unlisted' | 'kept'
  /** Longest value, in bytes, of the field `API_KEY` in a secret whose seed was `{ API_KEY: <16 characters> }`. */
  readonly maxValueBytes: number
  /** Values the service cannot carry; the adapter refuses exactly these. Absent: it carries every string. */
  cannotCarry?(value: string): boolean
  /** Most requests that one of these may cost, authentication not counted. */
  readonly calls: { readonly readCurrent: number; readonly readVersion: number; readonly write: number }
}

export interface StoreFixture {
  /** The adapter under test. Its `traits.readable` is true. */
  readonly store: SecretStore
  readonly nature: StoreNature
  /** `checkAddress` of the provider's `options.ts`. */
  readonly checkAddress: (address: SecretAddress) => string[]
  /** A second adapter of its own for the same service, as another process would have it. */
  anotherStore(): Promise<SecretStore>

  /** Makes a secret with this content at the service's own side; answers its name. Field names are `[A-Z_]+`. */
  newSecret(content: Content): Promise<string>
  /** Makes a secret that has no value yet; `impossible` where the service has no such thing. */
  readonly newEmptySecret: (() => Promise<string>) | 'impossible'
  /** A well-formed name that no secret has. */
  absentSecret(): Promise<string>
  /** Secret names that the service's grammar forbids; at least one. */
  readonly illegalNames: readonly string[]
  /** Field names that the grammar forbids; empty where every name is a field. */
  readonly illegalFields: readonly string[]
  /** A well-formed version that no secret has. */
  readonly unknownVersion: string

  /** The secret's present content at the service's own side: its fields, or a string when it holds no fields. */
  rawRead(secret: string): Promise<Content>
  /**
   * For a service with one string per secret, in which the adapter keeps fields as a JSON object: that string, to the
   * byte. `has-fields` where the service itself knows named fields.
   */
  readonly rawText: ((secret: string) => Promise<string>) | 'has-fields'
  /** The number of live versions at the service's own side; `not-kept` where it keeps no history of its own. */
  readonly versionCount: ((secret: string) => Promise<number>) | 'not-kept'
  /**
   * All that the service keeps of the secret and that only a change can change: revision, labels, annotations, tags,
   * versions with their states. Without it `check` is held to content and number of versions alone.
   */
  snapshot?(secret: string): Promise<unknown>
  /** Whether the service still lists this version. A store whose `retire` answers `unlisted` has to bring it. */
  lists?(secret: string, version: string): Promise<boolean>
  /** Somebody else sets these fields (or the whole value) and leaves the others alone. */
  foreignWrite(secret: string, content: Content): Promise<void>
  /** Requests that the service has received, authentication not counted; `local` for a store without requests. */
  readonly requestCount: (() => Promise<number>) | 'local'

  /** Arranges that this foreign write lands after whatever the next write looks at first, right before its first change. */
  landBeforeNextWrite(secret: string, content: Content): Promise<Fault>
  /** Ways in which a secret stops being readable without being gone, and its removal: name → do it. */
  readonly hide: Readonly<Record<string, (secret: string) => Promise<void>>>

  /** The principal has no right to this secret, whether it exists or not. */
  denied(secret: string): Promise<Fault>
  /** Every request is answered "too many"; `never` for a store that does not throttle. */
  readonly throttled: (() => Promise<Fault>) | 'never'
  /** The service is down: 503, a refused connection, a full disk. */
  unavailable(secret: string): Promise<Fault>
  /** Requests are taken and never answered. */
  hang(secret: string): Promise<Fault>
  /** The next changing request has its effect and its answer is lost; `never` where a change always answers. */
  readonly lostAnswer: (() => Promise<Fault>) | 'never'

  close?(): Promise<void>
}

/** One rule of the law. A runner makes one test of each; it passes when `run` resolves. */
export interface StoreRule {
  readonly name: string
  run(fixture: StoreFixture): Promise<void>
}
