/* Text of Windows programs: two bytes a character. It is searched as UTF-8. */

/** How many of the first characters are looked at. */
const LOOKED_AT = 32

/** By its mark, or by every other byte of the beginning being zero. */
export function startsUtf16(head: Buffer): boolean {
  if (head.length < 2 * LOOKED_AT) return isMarked(head)
  return isMarked(head) || zeros(head, 0) === LOOKED_AT || zeros(head, 1) === LOOKED_AT
}

export async function* transcodeUtf16(chunks: AsyncIterable<Buffer>, head: Buffer): AsyncGenerator<Buffer> {
  const isBig = head[0] === 0xfe || (head[0] !== 0xff && head[0] === 0)
  const decoder = new TextDecoder(isBig ? 'utf-16be' : 'utf-16le')
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }))
  yield Buffer.from(decoder.decode())
}

function isMarked(head: Buffer): boolean {
  return (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)
}

function zeros(head: Buffer, from: number): number {
  let count = 0
  for (let at = from; at < 2 * LOOKED_AT; at += 2) count += head[at] === 0 && head[at ^ 1] !== 0 ? 1 : 0
  return count
}
