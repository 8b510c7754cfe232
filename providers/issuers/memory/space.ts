/** The keys of an issuer in memory. */
import type { Ambient, Random } from '../../../src/contracts/clock.ts'
import type { KeyRef } from '../../../src/contracts/key-issuer.ts'
import { type Material, material } from '../../../src/contracts/secret-value.ts'
import { ImaginedService, Spaces } from '../../shared/memory/imagined-service.ts'
import type { Fault, Verb } from './faults.ts'

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

/** One account of an imagined issuer: its keys, its faults, its clock. Shared by name within the process. */
export class MemorySpace extends ImaginedService<Fault, Verb> {
  readonly keys: SpaceKey[] = []

  /** Makes a key at once, as a person at the dashboard would; for keys that are to be adopted, and for orphans. */
  addKey(
    about: { name?: string; expiresAt?: number; parts?: readonly string[]; slot?: SlotName } = {},
  ): SpaceKey {
    const now = this.now()
    const late = this.takeFault({ verb: 'issue' }, 'activate-late')
    const dying = this.takeFault({ verb: 'issue' }, 'die-early')
    const listedLate = this.takeFault({ verb: 'issue' }, 'list-late')
    const key: SpaceKey = {
      id: `mem_${this.random(12)}`,
      name: about.name,
      material: makeMaterial(about.parts ?? ['value'], this.random),
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
    this.landChanges()
    if (this.takeFault({ verb: 'probe' }, 'reject-all')) return false
    if (this.takeFault({ verb: 'probe' }, 'accept-anything')) return true
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

const spaces = new Spaces((ambient) => new MemorySpace(ambient))

/** The space of this name, made at its first use with this clock; the same object for everybody in the process. */
export function memorySpace(name: string, ambient: Ambient): MemorySpace {
  return spaces.get(name, ambient)
}

/** Forgets a space with its keys and faults; issuers made before keep the old one. */
export function dropMemorySpace(name: string): void {
  spaces.drop(name)
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
export function makeMaterial(parts: readonly string[], random: Random): Material {
  return material(Object.fromEntries(parts.map((part) => [part, `mem-${random(32)}`])))
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

/** A mark ends the name, after a hyphen, so that mark `…-1` is not found in `…-11`. */
export function carriesMark(key: SpaceKey, mark: string): boolean {
  return key.name !== undefined && (key.name === mark || key.name.endsWith(`-${mark}`))
}
