/** Names for rotations. */
import type { Random } from '../contracts/clock.ts'

/** `YYYYMMDD` (UTC) and six random characters, e.g. `20261122-k7f3qa`. */
export function newRotationId({ random }: { random: Random }, now: number): string {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '')
  return `${day}-${random(6)}`
}
