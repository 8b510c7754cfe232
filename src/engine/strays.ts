/** Finds rotations of keys that the config no longer has. */
import type { Journal } from '../contracts/journal.ts'
import type { KeyRecord } from '../contracts/record.ts'

const PAGE = 500

/**
 * Records of keys that the config no longer has and whose rotation still runs: taking a key out of the config, or
 * renaming it, must not make a half-done rotation invisible. A running rotation always has a time to look again.
 */
export async function findStrays(journal: Journal, isKnown: (key: string) => boolean): Promise<KeyRecord[]> {
  const strays: KeyRecord[] = []
  let after: string | undefined
  for (;;) {
    const page = await journal.list({
      wakeBefore: Number.MAX_SAFE_INTEGER,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    })
    strays.push(...page.filter((record) => record.rotation && !isKnown(record.key)))
    after = page.at(-1)?.key
    if (page.length < PAGE) return strays
  }
}
