/**
 * Words that a sender puts beside a value, as far as they may be kept and shown. A value may be in them too, and not
 * only the one that is reported: whatever is long enough to be a key is cut.
 */
import { MIN_KEY_LENGTH } from '../../contracts/fingerprint.ts'
import type { Words } from './documents.ts'
import type { TextHasher } from './hash-texts.ts'

const MAX_URL_LENGTH = 300
const WORDS = /^[\p{L}\p{N} .,:;@/+=_#()…-]{1,80}$/u
/** Enough to tell one commit from another, and nothing of a key. */
const SHOWN = 5
const IN_WORDS = new RegExp(`[^\\s,;()@]{${MIN_KEY_LENGTH},}`, 'g')
const IN_PATH = new RegExp(`[^/]{${MIN_KEY_LENGTH},}`, 'g')
const IN_HOST = new RegExp(`[^.]{${MIN_KEY_LENGTH},}`, 'g')

export function cutWords({ url, source, reporter }: Words): Words {
  const address = url === undefined ? null : cutUrl(url)
  return {
    ...(address === null ? {} : { url: address }),
    ...(source !== undefined && WORDS.test(source) ? { source: cut(source, IN_WORDS) } : {}),
    ...(reporter !== undefined && WORDS.test(reporter) ? { reporter: cut(reporter, IN_WORDS) } : {}),
  }
}

/** Leaves out what has a known value in it all the same, such as one of several words. */
export function dropKnown(
  words: Words,
  hasher: TextHasher,
  isKnown: (fingerprint: string) => boolean,
): Words {
  const kept = Object.entries(words).filter(
    ([, text]) => ![...hasher.hash([Buffer.from(text)]).forms.keys()].some(isKnown),
  )
  return Object.fromEntries(kept)
}

/** Without user, query and fragment, in which tokens are often; null if it is no web address. */
function cutUrl(text: string): string | null {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return null
  const port = url.port === '' ? '' : `:${url.port}`
  const place = `${url.protocol}//${cut(url.hostname, IN_HOST)}${port}${cut(url.pathname, IN_PATH)}`
  return place.length > MAX_URL_LENGTH ? `${place.slice(0, MAX_URL_LENGTH)}…` : place
}

function cut(text: string, long: RegExp): string {
  return text.replace(long, (run) => `${run.slice(0, SHOWN)}…`)
}
