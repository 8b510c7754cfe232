/** Words that a sender puts beside a value, as far as they may be kept and shown: the value may be in them too. */
import type { ReportedLeak } from './documents.ts'
import { hashTexts } from './hash-texts.ts'

const MAX_URL_LENGTH = 300
const WORDS = /^[\p{L}\p{N} .,:;@/+_#()-]{1,120}$/u
const WITHHELD = '(withheld: it has the value in it)'

type Words = Pick<ReportedLeak, 'url' | 'source' | 'reporter'>

/** `isSecret`: whether a fingerprint is that of a value which must not be shown. */
export function cleanWords(words: Words, isSecret: (fingerprint: string) => boolean): Words {
  const cleaned: Words = {}
  const { url, source, reporter } = words
  const address = url === undefined ? null : cleanUrl(url)
  if (address !== null) cleaned.url = address
  if (source !== undefined && WORDS.test(source)) cleaned.source = source
  if (reporter !== undefined && WORDS.test(reporter)) cleaned.reporter = reporter
  for (const name of ['url', 'source', 'reporter'] as const) {
    const text = cleaned[name]
    if (text !== undefined && holdsAny(text, isSecret)) cleaned[name] = WITHHELD
  }
  return cleaned
}

/** Without user, query and fragment, in which tokens are often; null if it is no web address. */
function cleanUrl(text: string): string | null {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return null
  const plain = `${url.origin}${url.pathname}`
  return plain.length > MAX_URL_LENGTH ? `${plain.slice(0, MAX_URL_LENGTH)}…` : plain
}

function holdsAny(text: string, isSecret: (fingerprint: string) => boolean): boolean {
  return [...hashTexts([Buffer.from(text)]).forms.keys()].some(isSecret)
}
