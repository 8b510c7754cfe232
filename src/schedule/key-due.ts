/** When a key of the config comes due, and how many rotations were started lately. */
import type { KeyConfig } from '../contracts/config.ts'
import type { Pause } from '../contracts/pause.ts'
import type { KeyRecord } from '../contracts/record.ts'
import { type Due, findDue } from './due.ts'

const NO_FIRST = 'no target holds a key, and a first one is created only when asked for: rotate --first'

/**
 * Whether a key of the config is due; a key that was not looked at, or holds what cannot be adopted, is not.
 * `pausedAll`: what holds all keys of the installation.
 */
export function dueOf(
  record: KeyRecord | null,
  key: KeyConfig,
  now: number,
  pausedAll: Pause | null = null,
): Due {
  if (!record) return { due: false, at: null, why: 'not looked at yet' }
  if (!record.current && !record.rotation && !record.request && !isAbsent(record)) {
    return { due: false, at: null, why: 'its targets do not hold one key that could be adopted' }
  }
  if (!record.current && !record.rotation && !record.request && !key.first)
    return { due: false, at: null, why: NO_FIRST }
  const { everyMs, giveUpMs, askBeforeMs } = key.policy
  const input = {
    key: key.name,
    everyMs,
    giveUpMs,
    askBeforeMs: record.byPerson ? askBeforeMs : 0,
    observe: key.observe,
    first: key.first,
    window: key.window,
    closures: key.closures,
    pausedAll: pausedAll ?? undefined,
  }
  return findDue(record, input, now)
}

/** Every target was read and holds no key. */
function isAbsent(record: KeyRecord): boolean {
  const places = Object.values(record.places)
  return places.length > 0 && places.every((place) => place.holds === 'absent')
}

/**
 * Rotations started after this moment, as far as the records show. Those of a campaign do not count: a person has asked
 * for them by their number, and the campaign has limits of its own.
 */
export function countStartedSince(records: Iterable<KeyRecord>, since: number): number {
  let count = 0
  for (const { rotation, last } of records) {
    const shown = rotation ?? last
    const startedAt = rotation?.startedAt ?? last?.at ?? 0
    if (!shown?.campaign && startedAt > since) count += 1
  }
  return count
}
