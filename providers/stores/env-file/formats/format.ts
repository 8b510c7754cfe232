/*
 * Texts are handled as one character per byte (latin1), so that bytes which are no UTF-8 stay what they are and an
 * offset is an offset in the file.
 */

/** One variable as the file's reader sees it. */
export interface Definition {
  readonly name: string
  /** First line is 1. */
  readonly line: number
  /** Where its value is spelt, quotes included. */
  readonly start: number
  readonly end: number
  /** The value as the reader gets it. */
  readonly value: string
  /** Why this line cannot be changed safely. */
  readonly problem?: string
}

/** How one reader parses a file, and how a value is spelled for it. */
export interface Format {
  /** Every definition in the order of the file, including those that the reader would ignore for a reason worth reporting. */
  scan(text: string): Definition[]
  /**
   * The value's spelling, in ordinary characters, as all common readers of this format get it; undefined when there is
   * none that they read alike.
   */
  spell(value: string): string | undefined
  /** Completes "… has a value that <limits>": what keeps a value from having a spelling. */
  readonly limits: string
  /** Why other common readers get another value from this definition; null: they read it alike. */
  explainDispute(text: string, definition: Definition): string | null
}
