/* What the options say about an issuer as a whole. */

import type { ApiIssuerTraits, OnLostAnswer } from '../../../src/contracts/key-issuer.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { targetOf } from './find-templates.ts'
import type { Options } from './options.ts'
import { partNames, revokesByValue } from './parts.ts'

export function readTraits(options: Options): ApiIssuerTraits {
  const { oldKeyOnIssue = 'lives', maxLiveKeys, lifecycle, list, publicParts, settleAfterRevoke } = options
  const isListed = list !== undefined || lifecycle === 'slots'
  return {
    parts: partNames(options),
    ...(publicParts.length === 0 ? {} : { publicParts }),
    settleMs: parseDurationMs(options.settle),
    ...(settleAfterRevoke === undefined ? {} : { revokeSettleMs: parseDurationMs(settleAfterRevoke) }),
    listDelayMs: parseDurationMs(options.listDelay),
    onLostAnswer: readOnLostAnswer(options),
    // The places belong to the one managed key that may use such an issuer.
    exclusive: options.exclusive || lifecycle === 'slots',
    oldKeyOnIssue:
      typeof oldKeyOnIssue === 'string'
        ? oldKeyOnIssue
        : { diesAfterMs: parseDurationMs(oldKeyOnIssue.diesAfter) },
    revokesByValue: revokesByValue(options),
    ...(isListed ? {} : { lists: false as const }),
    ...(maxLiveKeys === undefined ? {} : { maxLiveKeys }),
  }
}

export function readOnLostAnswer(options: Options): OnLostAnswer {
  const { lifecycle, list, exclusive } = options
  if (lifecycle === 'slots') return 'infer'
  const { idempotency = list?.name === undefined ? 'none' : 'unique-name' } = options
  if (lifecycle === 'roll' && options.readBack !== undefined) return 'read-back'
  if (typeof idempotency === 'object') return 'repeat'
  if (idempotency === 'none' || lifecycle === 'roll') return exclusive ? 'infer' : 'stop'
  return 'find'
}

/** Returns the hosts of every URL in the options; these contain no templates, as checked when the options were read. */
export function readHosts(options: Options): string[] {
  const { base, auth, create, list, readBack, revoke, endOverlap, disable, enable, probe, whoami } = options
  const described = [create, list, readBack, revoke, endOverlap, disable, enable, probe, whoami]
  const urls = [
    base,
    auth.management?.oauth2ClientCredentials?.tokenUrl,
    auth.probe?.oauth2ClientCredentials?.tokenUrl,
    ...described.map((one) =>
      one === undefined ? undefined : /^https?:\/\/[^/?#]+/.exec(targetOf(one))?.[0],
    ),
  ]
  return [...new Set(urls.flatMap((url) => (url === undefined ? [] : new URL(url).host)))]
}
