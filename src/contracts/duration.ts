/* Durations as configs and command lines write them. */

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** A whole number and one unit, e.g. `500ms`, `30s`, `24h`, `90d`, `2w`. */
export const DURATION_PATTERN = /^(\d{1,9})(ms|s|m|h|d|w)$/

/** The longest duration a config may contain (about ten years). */
export const MAX_DURATION_MS = 3650 * unitMs.d

/**
 * Returns a duration in milliseconds.
 * @throws RangeError if {@link DURATION_PATTERN} does not match.
 */
export function parseDurationMs(text: string): number {
  const [, count, unit] = DURATION_PATTERN.exec(text) ?? []
  if (count === undefined || unit === undefined)
    throw new RangeError('not a duration such as 30s, 24h or 90d')
  return Number(count) * unitMs[unit as keyof typeof unitMs]
}

/** Returns the shortest text that {@link parseDurationMs} parses to this many whole milliseconds. Never uses weeks. */
export function formatDuration(durationMs: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (durationMs !== 0 && durationMs % unitMs[unit] === 0) return `${durationMs / unitMs[unit]}${unit}`
  }
  return durationMs === 0 ? '0s' : `${durationMs}ms`
}

/** A length that nobody needs exactly: whole days, or whole hours where it is short. */
export function roundLength(durationMs: number): number {
  const unit = durationMs >= 3 * unitMs.d ? unitMs.d : unitMs.h
  return Math.round(durationMs / unit) * unit
}
