import { randomBytes } from 'node:crypto'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import type { Fault, FaultKind, Verb } from './faults.ts'
import { hits } from './faults.ts'

/** Field → value; the only field `null` means a whole secret. */
export type Fields = ReadonlyMap<string | null, SecretValue>

/** One version of a secret, with everything it held. */
export interface SpaceVersion {
  readonly id: string
  readonly fields: Fields
  /** The mark it was written with, and what was written then: field → fingerprint. */
  readonly mark: string | undefined
  readonly wrote: ReadonlyMap<string | null, string>
  readonly createdAt: number
  retired: boolean
}

export interface SpaceSecret {
  /** Oldest first; none in a secret that never had a value. */
  readonly versions: SpaceVersion[]
  state: 'enabled' | 'disabled' | 'deleted'
}

interface Injected {
  fault: Fault
  left: number
}

interface PendingEffect {
  at: number
  run: () => void
}

/** One imagined store of secrets: its versions, faults and clock. Shared by name within the process. */
export class StoreSpace {
  /** Milliseconds since 1970; tests put their own clock here. */
  now: () => number = Date.now
  readonly secrets = new Map<string, SpaceSecret>()
  /** Requests that were sent, by verb. */
  readonly calls: Partial<Record<Verb, number>> = {}
  readonly #faults: Injected[] = []
  #pending: PendingEffect[] = []

  /** Makes a secret, or gives an existing one this content in a new version; without content it has no version. */
  addSecret(name: string, content?: Readonly<Record<string, string>> | string): void {
    const secret = this.secrets.get(name) ?? { versions: [], state: 'enabled' }
    this.secrets.set(name, secret)
    if (content !== undefined) this.addVersion(secret, fieldsOf(content))
  }

  /** Somebody else sets these fields, or the whole value, and leaves other fields alone. */
  foreignWrite(name: string, content: Readonly<Record<string, string>> | string): void {
    const secret = this.secrets.get(name)
    if (!secret) return
    const fields = new Map(typeof content === 'string' ? [] : secret.versions.at(-1)?.fields)
    for (const [field, value] of fieldsOf(content)) fields.set(field, value)
    this.addVersion(secret, fields)
  }

  /** The last version's fields as plain strings, or the whole value; for tests and for the stores of a dry run. */
  contentOf(name: string): Record<string, string> | string {
    const fields = this.secrets.get(name)?.versions.at(-1)?.fields ?? new Map<string | null, SecretValue>()
    const whole = fields.get(null)
    if (whole) return whole.expose()
    return Object.fromEntries([...fields].map(([field, value]) => [String(field), value.expose()]))
  }

  /** Appends a version under an id that was never used. */
  addVersion(
    secret: SpaceSecret,
    fields: Fields,
    written?: { mark: string; wrote: ReadonlyMap<string | null, string> },
  ): SpaceVersion {
    const version: SpaceVersion = {
      id: `mem-${randomBytes(8).toString('hex')}`,
      fields,
      mark: written?.mark,
      wrote: written?.wrote ?? new Map(),
      createdAt: this.now(),
      retired: false,
    }
    secret.versions.push(version)
    return version
  }

  /** Switches a fault on for the next `times` requests it hits; the returned function switches it off. */
  inject(fault: Fault, times = Number.POSITIVE_INFINITY): () => void {
    const injected = { fault, left: times }
    this.#faults.push(injected)
    return () => {
      injected.left = 0
    }
  }

  /** Switches every fault off; effects under way still land at their time. */
  clearFaults(): void {
    this.#faults.length = 0
  }

  /** The oldest fault of this kind that hits this request, used up by one. */
  takeFault<K extends FaultKind>(
    kind: K,
    verb: Verb,
    secret: string,
  ): Extract<Fault, { kind: K }> | undefined {
    for (const injected of this.#faults) {
      const { fault } = injected
      if (injected.left < 1 || !isOfKind(fault, kind) || !hits(fault, verb, secret)) continue
      injected.left -= 1
      return fault
    }
    return undefined
  }

  /** Keeps an effect that lands at its time, or when a test calls `landEffects('all')`. */
  deferEffect(at: number, run: () => void): void {
    this.#pending.push({ at, run })
  }

  /** Lets every deferred effect happen whose time has come; each request does so first. */
  landEffects(which: 'due' | 'all' = 'due'): void {
    const now = this.now()
    const landing = this.#pending.filter((effect) => which === 'all' || effect.at <= now)
    this.#pending = this.#pending.filter((effect) => !landing.includes(effect))
    for (const effect of landing) effect.run()
  }
}

const spaces = new Map<string, StoreSpace>()

/** The space of this name, made at its first use; the same object for everybody in the process. */
export function storeSpace(name: string): StoreSpace {
  let space = spaces.get(name)
  if (!space) {
    space = new StoreSpace()
    spaces.set(name, space)
  }
  return space
}

/** Forgets a space with its secrets and faults; stores made before keep the old one. */
export function dropStoreSpace(name: string): void {
  spaces.delete(name)
}

function fieldsOf(content: Readonly<Record<string, string>> | string): Fields {
  if (typeof content === 'string') return new Map([[null, new SecretValue(content)]])
  return new Map(Object.entries(content).map(([field, value]) => [field, new SecretValue(value)]))
}

function isOfKind<K extends FaultKind>(fault: Fault, kind: K): fault is Extract<Fault, { kind: K }> {
  return fault.kind === kind
}
