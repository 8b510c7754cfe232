/**
 * Every value that this process holds, so that no line of a log contains one: the net below `SecretValue`, for a text
 * of a provider that repeats what it was sent. A line is searched once, however many values there are.
 */
import {
  firstCharactersOf,
  MIN_CONTAINED_LENGTH,
  onSecretMade,
  redactSecrets,
  type SecretValue,
} from '../../contracts/secret-value.ts'

export class LiveSecrets {
  /** By the first characters of a form. Only weak references, so that a value lives no longer because of this. */
  readonly #byFirst = new Map<string, Set<WeakRef<SecretValue>>>()
  readonly #gone = new FinalizationRegistry<{ firsts: string[]; ref: WeakRef<SecretValue> }>((held) =>
    this.#drop(held),
  )

  /** Knows of every value that is made from now on. */
  watch(): void {
    onSecretMade((secret) => this.add(secret))
  }

  /** The values that are held go on to be known; new ones do not become so. */
  stop(): void {
    onSecretMade(null)
  }

  add(secret: SecretValue): void {
    const firsts = firstCharactersOf(secret)
    if (firsts.length === 0) return
    const ref = new WeakRef(secret)
    for (const first of firsts) {
      const known = this.#byFirst.get(first)
      if (known) known.add(ref)
      else this.#byFirst.set(first, new Set([ref]))
    }
    this.#gone.register(secret, { firsts, ref })
  }

  /** The text with `[secret]` in place of each value in it, as it is or in a usual encoding. */
  redact(text: string): string {
    const found = new Set<SecretValue>()
    for (let at = 0; at + MIN_CONTAINED_LENGTH <= text.length; at += 1) {
      const refs = this.#byFirst.get(text.slice(at, at + MIN_CONTAINED_LENGTH))
      for (const ref of refs ?? []) {
        const secret = ref.deref()
        if (secret) found.add(secret)
      }
    }
    return found.size === 0 ? text : redactSecrets(text, found)
  }

  #drop({ firsts, ref }: { firsts: readonly string[]; ref: WeakRef<SecretValue> }): void {
    for (const first of firsts) {
      const refs = this.#byFirst.get(first)
      refs?.delete(ref)
      if (refs?.size === 0) this.#byFirst.delete(first)
    }
  }
}
