/** After a failed rotation the next one waits at least and at most this long. */
export const SHORTEST_PAUSE_MS = 3_600_000
const LONGEST_PAUSE_MS = 24 * SHORTEST_PAUSE_MS

/** Whole retry cycles that must fit before a key expires for good. */
export const CYCLES_BEFORE_EXPIRY = 3

/**
 * The pause after a rotation that failed: as long as the key has been due already, within the two limits above. So
 * the pauses double without a counter, and a record that was lost or restored does not start them anew.
 */
export function pauseAfterFailureMs(dueForMs: number): number {
  return Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, dueForMs))
}

/**
 * How long three whole retry cycles take at the longest. A cycle is one rotation that goes on until it gives up, and
 * the pause before the next; where rotations start in windows only, the pause is no shorter than the longest time
 * between two openings.
 */
export function retryCyclesMs(about: { giveUpMs: number; longestGapMs?: number | undefined }): number {
  let passedMs = 0
  for (let cycle = 0; cycle < CYCLES_BEFORE_EXPIRY; cycle += 1) {
    passedMs += about.giveUpMs
    passedMs += Math.max(pauseAfterFailureMs(passedMs), about.longestGapMs ?? 0)
  }
  return passedMs
}
