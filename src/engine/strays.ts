/** Finds records of keys that the config no longer has. */
import type { Journal } from '../contracts/journal.ts'
import type { KeyRecord } from '../contracts/record.ts'

const PAGE = 500

/**
 * Records of keys that the config no longer has and whose rotation still runs: taking a key out of the config, or
 * renaming it, must not make a half-done rotation invisible. A running rotation always has a time to look again.
 */
export function findStrays(
  journal: Journal,
  isKnown: (key: string) => boolean,
  installation: string,
): Promise<KeyRecord[]> {
  return findRecords(
    journal,
    (record) => record.rotation !== null && record.installation === installation && !isKnown(record.key),
    { wakeBefore: Number.MAX_SAFE_INTEGER },
  )
}

/** Every record of this installation whose key the config no longer has; reads the whole journal. */
export function findOldRecords(
  journal: Journal,
  isKnown: (key: string) => boolean,
  installation: string,
): Promise<KeyRecord[]> {
  return findRecords(journal, (record) => record.installation === installation && !isKnown(record.key), {})
}

async function findRecords(
  journal: Journal,
  isWanted: (record: KeyRecord) => boolean,
  by: { wakeBefore?: number },
): Promise<KeyRecord[]> {
  const found: KeyRecord[] = []
  let after: string | undefined
  for (;;) {
    const page = await journal.list({
      ...by,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    })
    found.push(...page.filter(isWanted))
    after = page.at(-1)?.key
    if (page.length < PAGE) return found
  }
}
