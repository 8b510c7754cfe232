/** The secrets of a store in memory, with their versions. */
import type { Ambient } from '../../../src/contracts/clock.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { ImaginedService, Spaces } from '../../shared/memory/imagined-service.ts'
import type { Fault, Verb } from './faults.ts'

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

/** One imagined store of secrets: its versions, faults and clock. Shared by name within the process. */
export class StoreSpace extends ImaginedService<Fault, Verb> {
  readonly secrets = new Map<string, SpaceSecret>()

  /** Makes a secret, or gives an existing one this content in a new version; without content it has no version. */
  addSecret(name: string, content?: Readonly<Record<string, string>> | string): void {
    const secret = this.secrets.get(name) ?? { versions: [], state: 'enabled' }
    this.secrets.set(name, secret)
    if (content !== undefined) this.addVersion(secret, fieldsOf(content))
  }

  /** Another writer sets these fields, or the whole value, and leaves other fields alone. */
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
      id: `mem-${this.random(16)}`,
      fields,
      mark: written?.mark,
      wrote: written?.wrote ?? new Map(),
      createdAt: this.now(),
      retired: false,
    }
    secret.versions.push(version)
    return version
  }
}

const spaces = new Spaces((ambient) => new StoreSpace(ambient))

/** The space of this name, made at its first use with this clock; the same object for everybody in the process. */
export function storeSpace(name: string, ambient: Ambient): StoreSpace {
  return spaces.get(name, ambient)
}

/** Forgets a space with its secrets and faults; stores made before keep the old one. */
export function dropStoreSpace(name: string): void {
  spaces.drop(name)
}

function fieldsOf(content: Readonly<Record<string, string>> | string): Fields {
  if (typeof content === 'string') return new Map([[null, new SecretValue(content)]])
  return new Map(Object.entries(content).map(([field, value]) => [field, new SecretValue(value)]))
}
