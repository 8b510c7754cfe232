/** Finds records of keys that the config no longer has. */
import type { Journal } from '../contracts/journal.ts'
import type { KeyRecord } from '../contracts/record.ts'

const PAGE = 500

/** Every record of this installation whose key the config no longer has; reads the whole journal. */
export async function findOldRecords(
  journal: Journal,
  isKnown: (key: string) => boolean,
  installation: string,
): Promise<KeyRecord[]> {
  const found: KeyRecord[] = []
  let after: string | undefined
  for (;;) {
    const page = await journal.list({ limit: PAGE, ...(after === undefined ? {} : { after }) })
    found.push(...page.filter((record) => record.installation === installation && !isKnown(record.key)))
    after = page.at(-1)?.key
    if (page.length < PAGE) return found
  }
}
