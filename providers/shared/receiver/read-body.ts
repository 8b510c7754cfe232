/* Reads bodies of reports. What a parser says of a text is dropped, because it quotes the text. */

import type { Reported } from '../../../src/contracts/receiver.ts'

/** @returns undefined if it is no JSON */
export function parseJson(body: Buffer | string): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

/** The texts among these, as bytes that can be wiped. */
export function textsOf(...values: readonly unknown[]): Buffer[] {
  const texts = values.flatMap((value) => (typeof value === 'string' && value !== '' ? [value] : []))
  return [...new Set(texts)].map((text) => Buffer.from(text))
}

/** What is said for people beside a value, where it is a text. */
export function wordsOf(words: {
  url?: unknown
  source?: unknown
  reporter?: unknown
}): Pick<Reported, 'url' | 'source' | 'reporter'> {
  const { url, source, reporter } = words
  return {
    ...(typeof url === 'string' ? { url } : {}),
    ...(typeof source === 'string' ? { source } : {}),
    ...(typeof reporter === 'string' ? { reporter } : {}),
  }
}
