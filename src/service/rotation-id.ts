import type { Context } from './context.ts'

/** `YYYYMMDD` (UTC) and six random characters, e.g. `20261122-k7f3qa`. */
export function newRotationId(context: Context, now: number): string {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '')
  return `${day}-${context.random(6)}`
}
