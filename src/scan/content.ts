/** Searches the content of one source: text as it is, archives and compressed files by what is in them. */
import type { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import type { Tally } from './tally.ts'
import { type Budget, type Chunks, MAX_DEPTH, noteFailure, type Packed, within } from './unpacking.ts'
import { startsUtf16, transcodeUtf16 } from './utf16.ts'

/** Enough to tell what it is: the mark of a tar file comes after 257 bytes. */
const HEAD_LENGTH = 512

interface Format {
  name: string
  mark: readonly number[]
  at?: number
  read?: (packed: Packed, chunks: Chunks) => Promise<void>
}

const formats: readonly Format[] = [
  { name: 'gzip', mark: [0x1f, 0x8b, 0x08], read: unzipWith(createGunzip) },
  { name: 'zstd', mark: [0x28, 0xb5, 0x2f, 0xfd], read: unzipWith(createZstdDecompress) },
  {
    name: 'zip',
    mark: [0x50, 0x4b, 0x03, 0x04],
    read: async (packed, chunks) => (await import('./zip.ts')).readZipStream(packed, chunks),
  },
  {
    name: 'tar',
    mark: [...Buffer.from('ustar')],
    at: 257,
    read: async (packed, chunks) => (await import('./tar.ts')).readTar(packed, chunks),
  },
  { name: 'bzip2', mark: [...Buffer.from('BZh')] },
  { name: 'xz', mark: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { name: '7-Zip', mark: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] },
  { name: 'RAR', mark: [...Buffer.from('Rar!')] },
]

/** Never throws for what is wrong with an archive: that is noted, and the scan goes on. */
export async function scanContent(tally: Tally, name: string, chunks: Chunks, budget: Budget): Promise<void> {
  const [head, all] = await peek(chunks)
  const format = formats.find((one) => isOf(one, head))
  if (!format) return await scanText(tally, name, all, head)
  if (!format.read) return tally.leaveOut(name, 'unsupported', `${format.name} is not unpacked`)
  const { read } = format
  await unpack(tally, name, { format: format.name, budget, read: (packed) => read(packed, all) })
}

/** Searches an archive, entry by entry. */
export async function unpack(
  tally: Tally,
  name: string,
  how: { format: string; budget: Budget; read: (packed: Packed) => Promise<void> },
): Promise<void> {
  const { format, budget, read } = how
  if (budget.depth === 0)
    return tally.leaveOut(name, 'too-deep', `more than ${MAX_DEPTH} archives in each other`)
  tally.begin(name).end()
  budget.depth -= 1
  const scanEntry = (entry: string, chunks: Chunks) =>
    scanContent(tally, `${name}!${entry}`, within(chunks, budget), budget)
  try {
    await read({ tally, name, budget, scanEntry })
  } catch (error) {
    noteFailure(tally, name, format, error)
  } finally {
    budget.depth += 1
  }
}

async function scanText(tally: Tally, name: string, chunks: Chunks, head: Buffer): Promise<void> {
  const text = tally.begin(name)
  for await (const chunk of startsUtf16(head) ? transcodeUtf16(chunks, head) : chunks) {
    tally.addBytes(chunk.length)
    text.write(chunk)
  }
  text.end()
}

function unzipWith(makeStream: () => Transform): NonNullable<Format['read']> {
  return async ({ name, scanEntry }, chunks) => {
    const [inner = ''] = name.split(/[/!:]/).slice(-1)
    const entry = inner.replace(/\.(?:gz|zst)$/i, '').replace(/\.tgz$/i, '.tar')
    await pipeline(chunks, makeStream(), (unpacked: AsyncIterable<Buffer>) => scanEntry(entry, unpacked))
  }
}

function isOf({ mark, at = 0 }: Format, head: Buffer): boolean {
  return mark.every((byte, index) => head[at + index] === byte)
}

/** The first bytes, and all of them again. */
async function peek(chunks: Chunks): Promise<[Buffer, Chunks]> {
  const iterator = chunks[Symbol.asyncIterator]()
  const first: Buffer[] = []
  let size = 0
  while (size < HEAD_LENGTH) {
    const next = await iterator.next()
    if (next.done) break
    first.push(next.value)
    size += next.value.length
  }
  return [Buffer.concat(first).subarray(0, HEAD_LENGTH), goOn(first, iterator)]
}

async function* goOn(first: readonly Buffer[], iterator: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* first
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
  } finally {
    await iterator.return?.()
  }
}
