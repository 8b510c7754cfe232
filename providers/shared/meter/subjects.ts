/* Finds the managed key that a number is about. */
import type { MeterSubject } from '../../../src/contracts/meter.ts'

export interface Whose {
  key: string
  fingerprint?: string
}

export type Called = 'key' | 'id' | 'name' | 'fingerprint'

/** By what the meter calls it; two managed keys may share one key. */
export function indexSubjects(subjects: readonly MeterSubject[], called: Called): Map<string, Whose[]> {
  const index = new Map<string, Whose[]>()
  const put = (text: string | undefined, whose: Whose) => {
    if (text === undefined || text === '') return
    index.set(text, [...(index.get(text) ?? []), whose])
  }
  for (const { key, keys } of subjects) {
    if (called === 'key') put(key, { key })
    else for (const one of keys) put(one[called], { key, fingerprint: one.fingerprint })
  }
  return index
}

/** Notes for people, each kind of trouble with a few examples. */
export class Notes {
  readonly #counts = new Map<string, number>()

  add(text: string): void {
    this.#counts.set(text, (this.#counts.get(text) ?? 0) + 1)
  }

  get texts(): string[] {
    return [...this.#counts]
      .slice(0, 10)
      .map(([text, count]) => (count > 1 ? `${text} (${count} times)` : text))
  }
}
