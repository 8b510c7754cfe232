/* Runs of text without blanks, but with brackets, quotes or commas: a statement of a program, or a password. */

import { MIN_KEY_LENGTH } from '../contracts/fingerprint.ts'
import { unescapeText } from './decode.ts'

const AROUND = /^["'`([{<,;:]+|["'`)\]}>,;:.]+$/g
const PUNCTUATION = /["'`<>(){}[\],;|]/
const QUOTED = /(["'`])((?:\\.|(?!\1).)*)\1/gs
/** Strings within strings. */
const MAX_LAYERS = 3

interface Variant {
  text: string
  /** Layers of escapes that were taken off. */
  layers: number
}

/** What of such a run may be a password: all of it, without what is around it, after a name, between quotes. */
export function variantsOf(run: string, layers = 0): Variant[] {
  // Without a letter or a digit it is a statement; two searches, since one for both goes back and forth.
  if (!/\d/.test(run) || !/[A-Za-z]/.test(run)) return []
  const joint = run.search(/[=:]/)
  const quoted = [...run.matchAll(QUOTED)].map(([, , inner = '']) => inner)
  const bare = [
    run,
    run.replace(AROUND, ''),
    ...(joint < 0 ? [] : [run.slice(joint + 1), run.slice(joint + 1).replace(AROUND, '')]),
    ...quoted,
  ]
  const plain = [...new Set(bare)].filter((text) => text.length >= MIN_KEY_LENGTH && PUNCTUATION.test(text))
  const escaped = plain.filter((text) => text.includes('\\'))
  const inner = layers + 1 < MAX_LAYERS ? quoted.filter((text) => text.includes('\\')) : []
  return [
    ...plain.map((text) => ({ text, layers })),
    ...escaped.map((text) => ({ text: unescapeText(text), layers: layers + 1 })),
    ...inner.flatMap((text) => variantsOf(unescapeText(text), layers + 1)),
  ]
}
