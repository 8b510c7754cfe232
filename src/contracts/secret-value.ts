/* How key values are held in memory, so that no log, error or dump can contain one by accident. */

const inspect = Symbol.for('nodejs.util.inspect.custom')

/** Is told of every value that this process takes into its hands, so that a log can be held against all of them. */
const witness: { made: ((secret: SecretValue) => void) | null } = { made: null }

/** Tells of every value from now on; null: of none. */
export function onSecretMade(made: ((secret: SecretValue) => void) | null): void {
  witness.made = made
}

/**
 * Holds one secret string. String conversion, JSON and `util.inspect` print `[secret]`. Only `expose()` returns the
 * string, so searching for that word finds every use of a value.
 */
export class SecretValue {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
    witness.made?.(this)
  }

  /** Returns the string. Call it only where the value is sent to a store, an issuer or a probe. */
  expose(): string {
    return this.#value
  }

  /** How many characters it has. */
  get length(): number {
    return this.#value.length
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

/** The first characters of each form in which the value may stand in a text; each form is at least so long. */
export function firstCharactersOf(secret: SecretValue): string[] {
  const value = secret.expose()
  if (value.length < MIN_CONTAINED_LENGTH) return []
  const firsts = formsOf(value).map((form) => form.slice(0, MIN_CONTAINED_LENGTH))
  return [...new Set(firsts)].filter((first) => first.length === MIN_CONTAINED_LENGTH)
}

/** Shorter secrets are looked for only as a whole: as a part of a text they would be found everywhere. */
export const MIN_CONTAINED_LENGTH = 8

/** A shorter piece of a secret, such as its prefix, gives nothing away. */
const MIN_PIECE_LENGTH = 16

/** Whether the text is, holds, or nearly is one of the secrets, as it is or in a usual encoding. */
export function holdsSecret(text: string, secrets: Iterable<SecretValue>): boolean {
  for (const secret of secrets) {
    const value = secret.expose()
    if (value === '') continue
    if (text === value || isMostOf(text, value)) return true
    if (value.length >= MIN_CONTAINED_LENGTH && formsOf(value).some((form) => text.includes(form)))
      return true
  }
  return false
}

/** Returns the text with every secret in it, and every usual encoding of one, replaced by `[secret]`. */
export function redactSecrets(text: string, secrets: Iterable<SecretValue>): string {
  let shown = text
  for (const secret of secrets) {
    const value = secret.expose()
    if (value.length < MIN_CONTAINED_LENGTH) continue
    for (const form of formsOf(value)) shown = shown.replaceAll(form, '[secret]')
  }
  return shown
}

/** A key without its prefix opens as much as the whole key. */
function isMostOf(text: string, value: string): boolean {
  return text.length >= MIN_PIECE_LENGTH && text.length * 4 >= value.length * 3 && value.includes(text)
}

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8')
  const forms = [
    value,
    encodeURIComponent(value),
    new URLSearchParams({ v: value }).toString().slice(2),
    JSON.stringify(value).slice(1, -1),
    value.toLowerCase(),
    value.toUpperCase(),
    ...base64Forms(bytes, 'base64'),
    ...base64Forms(bytes, 'base64url'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ]
  return [...new Set(forms)].sort((a, b) => b.length - a.length)
}

/** Base64 of the bytes wherever they stand in a longer text, such as `user:value`: without the digits that share bits with neighbours. */
function base64Forms(bytes: Buffer, encoding: 'base64' | 'base64url'): string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding)
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
  })
}
