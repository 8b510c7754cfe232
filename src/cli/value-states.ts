/* What a value is to a key, in words. */

import type { KnownValue } from '../service/leaks/known-values.ts'
import { formatInstant } from './output.ts'

/** Completes "this value is …". */
export function describeState({ state, since, until, lives, rotation }: KnownValue): string {
  const begun = since ? `, since ${formatInstant(since)}` : ''
  const ended = until ? ` on ${formatInstant(until)}` : ''
  switch (state) {
    case 'current':
      return `the key in use${begun}`
    case 'new':
      return lives === 'yes'
        ? `the key that rotation ${rotation} deploys`
        : `a key that rotation ${rotation} gave up`
    case 'kept':
      return "the issuer's current key, which no target has yet"
    case 'debt':
      return `a key that nobody uses and a person has to delete${begun}`
    case 'held':
      return 'a value that a target holds and Keyrota did not write'
    case 'revoked':
      return `an earlier key, dead: the issuer was seen to refuse it${ended}`
    case 'dead':
      return `an earlier key that was found dead${ended}`
    case 'handed-over':
      return `an earlier key that other keys still used${ended}`
    case 'not-revoked':
      return `an earlier key that was left alive${ended}`
    case 'unknown':
      return `an earlier key of which it is not known whether it is dead${ended}`
  }
}
