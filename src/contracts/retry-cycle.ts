/* How long to wait after a failed rotation, and how long several attempts take. */

/** The shortest and the longest pause after a failed rotation. */
export const SHORTEST_PAUSE_MS = 3_600_000
const LONGEST_PAUSE_MS = 24 * SHORTEST_PAUSE_MS

/** How many full retry cycles must fit before a key expires. */
export const CYCLES_BEFORE_EXPIRY = 3

/**
 * Returns the pause after a failed rotation: as long as the key has been due, within the two limits above. This doubles
 * the pauses without a counter, so a lost or restored record does not reset them.
 */
export function pauseAfterFailureMs(dueForMs: number): number {
  return Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, dueForMs))
}

/**
 * Returns the longest time that {@link CYCLES_BEFORE_EXPIRY} retry cycles can take. A cycle is one rotation that runs
 * until it gives up, and the pause before the next. If rotations start only in windows, the pause is at least the
 * longest time between two openings.
 */
export function retryCyclesMs(about: { giveUpMs: number; longestGapMs?: number | undefined }): number {
  let passedMs = 0
  for (let cycle = 0; cycle < CYCLES_BEFORE_EXPIRY; cycle += 1) {
    passedMs += about.giveUpMs
    passedMs += Math.max(pauseAfterFailureMs(passedMs), about.longestGapMs ?? 0)
  }
  return passedMs
}
