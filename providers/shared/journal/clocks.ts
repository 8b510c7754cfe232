/** The two clocks of a journal that has no server: tests put their own here. */
export interface Clocks {
  /** Milliseconds since 1970, for times that are recorded. */
  wallMs(): number
  /** Milliseconds from any start, never set back, for lengths of time. */
  monotonicMs(): number
}

export const systemClocks: Clocks = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
}
