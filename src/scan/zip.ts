/** Zip files, by their table of contents: from the file itself, or from memory when one is packed in another archive. */
import { type Entry, fromBufferPromise, fromFdPromise, type ZipFile } from 'yauzl'
import { type Chunks, LimitReached, noteFailure, type Packed } from './unpacking.ts'

/** The table of contents is at the end, so a zip file in a stream has to be in memory as a whole. */
const MAX_IN_MEMORY_BYTES = 64 * 1024 ** 2
const MAX_ENTRIES = 100_000
/** Nothing is written under these names, so one that leads out of its folder is no reason to stop. */
const options = { autoClose: false, lazyEntries: true, decodeStrings: false }

/** `fd`: the open file; the caller closes it. */
export async function readZipFile(packed: Packed, fd: number): Promise<void> {
  await scanEntries(packed, await fromFdPromise(fd, options))
}

export async function readZipStream(packed: Packed, chunks: Chunks): Promise<void> {
  const parts: Buffer[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > MAX_IN_MEMORY_BYTES)
      throw new LimitReached(
        `a zip file of more than ${MAX_IN_MEMORY_BYTES / 1024 ** 2} MiB that comes in a stream`,
      )
    parts.push(chunk)
  }
  await scanEntries(packed, await fromBufferPromise(Buffer.concat(parts), options))
}

async function scanEntries(packed: Packed, file: ZipFile): Promise<void> {
  let count = 0
  for await (const entry of file.eachEntry()) {
    count += 1
    if (count > MAX_ENTRIES) throw new LimitReached(`more than ${MAX_ENTRIES} entries`)
    const name = entry.fileNameRaw.toString()
    if (!name.endsWith('/')) await scanEntry(packed, name, { file, entry })
  }
}

async function scanEntry(
  { tally, name, scanEntry: scan }: Packed,
  inner: string,
  { file, entry }: { file: ZipFile; entry: Entry },
): Promise<void> {
  const whole = `${name}!${inner}`
  if (entry.isEncrypted()) return tally.leaveOut(whole, 'encrypted', 'it is encrypted')
  if (!entry.canDecodeFileData())
    return tally.leaveOut(
      whole,
      'unsupported',
      `compression method ${entry.compressionMethod} is not unpacked`,
    )
  try {
    await scan(inner, await file.openReadStreamPromise(entry))
  } catch (error) {
    if (error instanceof LimitReached) throw error
    // The entries after it can be read all the same.
    noteFailure(tally, whole, 'zip', error)
  }
}
