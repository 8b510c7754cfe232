/** Reads the whole journal in pages: one request for many keys. */
import type { Journal } from '../contracts/journal.ts'
import type { KeyRecord } from '../contracts/record.ts'

const PAGE = 500

/** Every record, in the order of the keys. */
export async function* allRecords(journal: Pick<Journal, 'list'>): AsyncGenerator<KeyRecord> {
  let after: string | undefined
  for (;;) {
    const page = await journal.list({ limit: PAGE, ...(after === undefined ? {} : { after }) })
    yield* page
    after = page.at(-1)?.key
    if (page.length < PAGE) return
  }
}

/** Every record by its key. */
export async function readRecords(journal: Pick<Journal, 'list'>): Promise<Map<string, KeyRecord>> {
  const records = new Map<string, KeyRecord>()
  for await (const record of allRecords(journal)) records.set(record.key, record)
  return records
}
