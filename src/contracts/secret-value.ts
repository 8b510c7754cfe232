const inspect = Symbol.for('nodejs.util.inspect.custom')

/**
 * Holds one secret string. Whatever prints it (string conversion, JSON, `util.inspect`) prints `[secret]`;
 * only `expose()` hands it out, so every use of a value can be found by searching for that word.
 */
export class SecretValue {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The string itself. Call it only where the value leaves for a store, an issuer or a probe's header. */
  expose(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect](): string {
    return '[secret]'
  }
}

/** A key's value: named parts, usually one called `value`. */
export type Material = Readonly<Record<string, SecretValue>>

/** Wraps the plain parts of a key. */
export function material(parts: Readonly<Record<string, string>>): Material {
  return Object.fromEntries(Object.entries(parts).map(([part, value]) => [part, new SecretValue(value)]))
}
