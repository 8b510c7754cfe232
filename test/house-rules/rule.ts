import type { Files } from './source-files.ts'

/** A small repository: path → text. */
export type Sample = Readonly<Record<string, string>>

export interface Rule {
  /** What holds, as a sentence. */
  name: string
  /** Every violation as one line that begins with its place. */
  find(files: Files): string[]
  /** Repositories with one violation each: the rule has to find it. */
  planted: readonly Sample[]
  /** Repositories that come close and break nothing. */
  innocent: readonly Sample[]
}
