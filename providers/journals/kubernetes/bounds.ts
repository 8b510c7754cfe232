/** What is dropped of a key's history to keep its object small. Nothing that decides anything is ever dropped. */
import type { KeptState } from './status-schema.ts'

/** Entries of the trail in an object. */
export const MAX_TRAIL = 100
/** Records of ended rotations in an object. */
export const MAX_FINISHED = 10
/** etcd takes 1.5 MiB of a request by default; labels, spec and the rest of the status come on top of this. */
export const MAX_BYTES = 512 * 1024

/** The state with its history cut to the limits: the oldest first, of what is least needed. What was cut is counted. */
export function bound(state: KeptState, maxBytes = MAX_BYTES): KeptState {
  const trail = [...(state.trail ?? [])]
  const finished = [...(state.finished ?? [])]
  const cut = { trail: 0, finished: 0, past: 0, ...state.cut }
  cut.trail += trail.splice(0, Math.max(0, trail.length - MAX_TRAIL)).length
  cut.finished += finished.splice(0, Math.max(0, finished.length - MAX_FINISHED)).length
  const fixed = sizeOf({ ...state, trail: [], finished: [] })
  let left = maxBytes - fixed - sizeOf(trail) - sizeOf(finished)
  for (; left < 0 && finished.length > 1; cut.finished += 1) left += sizeOf(finished.shift())
  for (; left < 0 && trail.length > 1; cut.trail += 1) left += sizeOf(trail.shift())
  for (; left < 0 && finished.length > 0; cut.finished += 1) left += sizeOf(finished.shift())
  const { record } = state
  const shorter = left < 0 && record !== undefined ? cutPast(record, -left) : null
  cut.past += shorter?.count ?? 0
  const isCut = cut.trail + cut.finished + cut.past > 0
  return {
    ...state,
    ...(shorter ? { record: shorter.record } : {}),
    trail,
    finished,
    ...(isCut ? { cut } : {}),
  }
}

/** Drops earlier keys, the oldest first, and keeps the one before the current. */
function cutPast(text: string, bytes: number): { record: string; count: number } | null {
  const record = JSON.parse(text) as { past?: unknown[] }
  if (!Array.isArray(record.past)) return null
  let [count, freed] = [0, 0]
  for (; freed < bytes && record.past.length > 1; count += 1) freed += sizeOf(record.past.pop())
  return { record: JSON.stringify(record), count }
}

/** Bytes as JSON; a text inside of it is escaped once more. */
function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '')
}
