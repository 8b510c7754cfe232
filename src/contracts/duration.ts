const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** A duration as configs write it: a whole number and one unit, e.g. `500ms`, `30s`, `24h`, `90d`, `2w`. */
export const DURATION_PATTERN = /^(\d{1,9})(ms|s|m|h|d|w)$/

/** No duration in a config is longer than this (about ten years). */
export const MAX_DURATION_MS = 3650 * unitMs.d

/**
 * Milliseconds of a duration.
 * @throws RangeError for anything that {@link DURATION_PATTERN} does not match.
 */
export function parseDurationMs(text: string): number {
  const [, count, unit] = DURATION_PATTERN.exec(text) ?? []
  if (count === undefined || unit === undefined)
    throw new RangeError('not a duration such as 30s, 24h or 90d')
  return Number(count) * unitMs[unit as keyof typeof unitMs]
}

/** The shortest text that {@link parseDurationMs} reads back as these whole milliseconds; weeks are told in days. */
export function formatDuration(durationMs: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (durationMs !== 0 && durationMs % unitMs[unit] === 0) return `${durationMs / unitMs[unit]}${unit}`
  }
  return durationMs === 0 ? '0s' : `${durationMs}ms`
}
