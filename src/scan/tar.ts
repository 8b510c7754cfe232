/** Tar files, entry by entry, as they stream by. */
import { pipeline } from 'node:stream/promises'
import { type Extract, extract } from 'tar-stream'
import type { Chunks, Packed } from './unpacking.ts'

/** Links and devices have no content of their own. */
const WITH_CONTENT = ['file', 'contiguous-file']

export async function readTar(packed: Packed, chunks: Chunks): Promise<void> {
  const entries = extract()
  await Promise.all([pipeline(chunks, entries), scanEntries(packed, entries)])
}

async function scanEntries({ scanEntry }: Packed, entries: Extract): Promise<void> {
  for await (const entry of entries) {
    const { name, type } = entry.header
    if (WITH_CONTENT.includes(type)) await scanEntry(name, entry as AsyncIterable<unknown> as Chunks)
    // The next entry comes only once this one has been read to its end.
    entry.resume()
  }
}
