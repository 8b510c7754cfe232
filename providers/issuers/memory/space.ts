import { randomBytes } from 'node:crypto'
import type { KeyRef } from '../../../src/contracts/key-issuer.ts'
import { type Material, material } from '../../../src/contracts/secret-value.ts'
import type { Fault, FaultKind, Verb } from './faults.ts'
import { hits } from './faults.ts'

/** The places of an issuer with `lifecycle: slots`. */
export const slotNames = ['first', 'second'] as const
export type SlotName = (typeof slotNames)[number]

/** A key as the space keeps it; for tests to look at, by id, never by value. */
export interface SpaceKey {
  readonly id: string
  readonly name: string | undefined
  readonly material: Material
  readonly createdAt: number
  readonly expiresAt: number | undefined
  /** The place it was made in, where there are places. */
  readonly slot?: SlotName | undefined
  /** Refused before this. */
  activeFrom: number
  /** Not in the list before this. */
  listedFrom: number
  disabled: boolean
  /** Gone from the list; `deadFrom` says when it is refused. */
  revoked: boolean
  deadFrom: number
  /** Times it may still be accepted before it dies by itself. */
  acceptsLeft: number
  lastUsed: number | undefined
}

interface Injected {
  fault: Fault
  left: number
}

interface PendingEffect {
  at: number
  run: () => void
}

/** One account of an imagined issuer: its keys, its faults, its clock. Shared by name within the process. */
export class MemorySpace {
  /** Milliseconds since 1970; tests put their own clock here. */
  now: () => number = Date.now
  readonly keys: SpaceKey[] = []
  /** Requests that were sent, by verb. */
  readonly calls: Partial<Record<Verb, number>> = {}
  readonly #faults: Injected[] = []
  #pending: PendingEffect[] = []

  /** Switches a fault on for the next `times` calls it hits; the returned function switches it off. */
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

  /** The oldest fault of one of these kinds that hits this verb, used up by one. */
  takeFault<K extends FaultKind>(verb: Verb, ...kinds: K[]): Extract<Fault, { kind: K }> | undefined {
    for (const injected of this.#faults) {
      const { fault } = injected
      if (injected.left < 1 || !isOneOf(fault, kinds) || !hits(fault, verb)) continue
      injected.left -= 1
      return fault
    }
    return undefined
  }

  /** Keeps an effect that lands at its time, or when a test calls `landEffects('all')`. */
  deferEffect(at: number, run: () => void): void {
    this.#pending.push({ at, run })
  }

  /** Lets every deferred effect happen whose time has come; each verb calls it first. */
  landEffects(which: 'due' | 'all' = 'due'): void {
    const now = this.now()
    const landing = this.#pending.filter((effect) => which === 'all' || effect.at <= now)
    this.#pending = this.#pending.filter((effect) => !landing.includes(effect))
    for (const effect of landing) effect.run()
  }

  /** Makes a key at once, as a person at the dashboard would; for keys that are to be adopted, and for orphans. */
  addKey(
    about: { name?: string; expiresAt?: number; parts?: readonly string[]; slot?: SlotName } = {},
  ): SpaceKey {
    const now = this.now()
    const late = this.takeFault('issue', 'activate-late')
    const dying = this.takeFault('issue', 'die-early')
    const listedLate = this.takeFault('issue', 'list-late')
    const key: SpaceKey = {
      id: `mem_${randomBytes(6).toString('hex')}`,
      name: about.name,
      material: makeMaterial(about.parts ?? ['value']),
      createdAt: now,
      expiresAt: about.expiresAt,
      slot: about.slot,
      activeFrom: now + (late?.ms ?? 0),
      listedFrom: now + (listedLate?.ms ?? 0),
      disabled: false,
      revoked: false,
      deadFrom: Number.POSITIVE_INFINITY,
      acceptsLeft: dying?.afterProbes ?? Number.POSITIVE_INFINITY,
      lastUsed: undefined,
    }
    this.keys.push(key)
    return key
  }

  /** Keys that are neither revoked nor expired, listed or not. */
  liveKeys(): SpaceKey[] {
    const now = this.now()
    return this.keys.filter((key) => !key.revoked && !isExpired(key, now))
  }

  /** The key with exactly these values, dead ones too. */
  keyOf(held: Material): SpaceKey | undefined {
    return this.keys.find((key) => sameMaterial(key.material, held))
  }

  /** Whether the service behind the space takes this key now, faults of the probe included; counts as no use. */
  accepts(held: Material): boolean {
    this.landEffects()
    if (this.takeFault('probe', 'reject-all')) return false
    if (this.takeFault('probe', 'accept-anything')) return true
    const key = this.keyOf(held)
    const now = this.now()
    if (!key || key.disabled || isExpired(key, now)) return false
    if (now < key.activeFrom || now >= key.deadFrom || key.acceptsLeft < 1) return false
    key.acceptsLeft -= 1
    return true
  }

  /** What a consumer does with its key: one call of the service, which counts as a use. */
  use(held: Material): boolean {
    if (!this.accepts(held)) return false
    const key = this.keyOf(held)
    if (key) key.lastUsed = this.now()
    return true
  }
}

const spaces = new Map<string, MemorySpace>()

/** The space of this name, made at its first use; the same object for everybody in the process. */
export function memorySpace(name: string): MemorySpace {
  let space = spaces.get(name)
  if (!space) {
    space = new MemorySpace()
    spaces.set(name, space)
  }
  return space
}

/** Forgets a space with its keys and faults; issuers made before keep the old one. */
export function dropMemorySpace(name: string): void {
  spaces.delete(name)
}

/** What the issuer's list shows of a key. */
export function refOf(key: SpaceKey): KeyRef {
  const ref: KeyRef = { id: key.id, createdAt: key.createdAt }
  if (key.name !== undefined) ref.name = key.name
  if (key.expiresAt !== undefined) ref.expiresAt = key.expiresAt
  if (key.disabled) ref.disabled = true
  return ref
}

/** Random values of the shape this issuer gives its keys. */
export function makeMaterial(parts: readonly string[]): Material {
  return material(
    Object.fromEntries(parts.map((part) => [part, `mem-${randomBytes(24).toString('base64url')}`])),
  )
}

function isExpired(key: SpaceKey, now: number): boolean {
  return key.expiresAt !== undefined && key.expiresAt <= now
}

function sameMaterial(one: Material, other: Material): boolean {
  const parts = Object.keys(one)
  return (
    parts.length === Object.keys(other).length &&
    parts.every((part) => one[part]?.expose() === other[part]?.expose())
  )
}

function isOneOf<K extends FaultKind>(
  fault: Fault,
  kinds: readonly K[],
): fault is Extract<Fault, { kind: K }> {
  return (kinds as readonly FaultKind[]).includes(fault.kind)
}

/** A mark ends the name, after a hyphen, so that mark `…-1` is not found in `…-11`. */
export function carriesMark(key: SpaceKey, mark: string): boolean {
  return key.name !== undefined && (key.name === mark || key.name.endsWith(`-${mark}`))
}
