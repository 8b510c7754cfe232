import type { Clocks } from '../../../providers/shared/journal/clocks.ts'

/** Clocks that stand still until a test moves them. */
export function makeClocks(): Clocks & { pass(ms: number): void; setWall(ms: number): void } {
  let monotonic = 50
  let wall = 1_700_000_000_000
  return {
    wallMs: () => wall,
    monotonicMs: () => monotonic,
    pass(ms) {
      monotonic += ms
      wall += ms
    },
    setWall(ms) {
      wall = ms
    },
  }
}
