/** Looks that found nothing new: one small request each, a few at a time. */
import type { Changing } from './change.ts'
import { placeOf } from './objects.ts'
import { toTime } from './status.ts'

const AT_ONCE = 8

/**
 * One request that is done whole or not at all: the server itself tests that nobody has claimed the key. So a look costs
 * no read, and one that comes too late changes nothing.
 */
export async function noteLooks({ api, own }: Changing, keys: readonly string[], at: number): Promise<void> {
  const waiting = [...keys]
  const operations = [
    { op: 'test', path: '/status/journal/claimId', value: '' },
    // Fails where there is no record.
    { op: 'copy', from: '/status/journal/record', path: '/status/journal/record' },
    { op: 'add', path: '/status/journal/lookedAt', value: at },
    { op: 'add', path: '/status/lastLookTime', value: toTime(at) },
  ]
  const work = async () => {
    for (let key = waiting.shift(); key !== undefined; key = waiting.shift())
      await api.testAndPatchStatus(placeOf(key, own), operations)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}
