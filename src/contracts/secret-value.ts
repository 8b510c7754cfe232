/* How key values are held in memory, so that no log, error or dump can contain one by accident. */

const inspect = Symbol.for('nodejs.util.inspect.custom')

/**
 * Holds one secret string. String conversion, JSON and `util.inspect` print `[secret]`. Only `expose()` returns the
 * string, so searching for that word finds every use of a value.
 */
export class SecretValue {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** Returns the string. Call it only where the value is sent to a store, an issuer or a probe. */
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

/** A key's value as named parts, usually a single one named `value`. */
export type Material = Readonly<Record<string, SecretValue>>

/** Wraps the plain text parts of a key. */
export function material(parts: Readonly<Record<string, string>>): Material {
  return Object.fromEntries(Object.entries(parts).map(([part, value]) => [part, new SecretValue(value)]))
}
