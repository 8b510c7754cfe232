/** The only place in this process where key values are kept. */
import { fingerprintOf } from '../contracts/fingerprint.ts'
import { secretParts } from '../contracts/secret-in-ref.ts'
import type { Material, SecretValue } from '../contracts/secret-value.ts'

/** The values this process holds, by fingerprint; they live here and nowhere else between two calls. */
export class Values {
  readonly #held = new Map<string, Material>()

  /** Keeps the value and returns its fingerprint. */
  keep(material: Material): string {
    const fingerprint = fingerprintOf(material)
    this.#held.set(fingerprint, material)
    return fingerprint
  }

  get(fingerprint: string): Material | undefined {
    return this.#held.get(fingerprint)
  }

  /** The secret parts of every value that is held. */
  secrets(publicParts: readonly string[] = []): SecretValue[] {
    return [...this.#held.values()].flatMap((material) => secretParts(material, publicParts))
  }

  fingerprints(): string[] {
    return [...this.#held.keys()]
  }

  forget(): void {
    this.#held.clear()
  }
}
