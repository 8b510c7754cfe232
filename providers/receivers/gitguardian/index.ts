/*
 * Receiver `gitguardian`: custom webhooks. An incident has no value in it but `hmsl_hash`, scrypt with a salt that is
 * public, so a managed key is found by having the same hash.
 */

import { createHash, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import type { ProviderContext } from '../../../src/contracts/call.ts'
import type { LeakReceiver, Opened, Received } from '../../../src/contracts/receiver.ts'
import { isObject } from '../../shared/options/is-object.ts'
import { hasHexHmac, isRecent, readShared } from '../../shared/receiver/authentic.ts'
import { toPolicy } from '../../shared/receiver/policy.ts'
import { parseJson, wordsOf } from '../../shared/receiver/read-body.ts'
import type { Options } from './options.ts'

/** Of Has My Secret Leaked, as its documentation and client have it. */
const SALT = createHash('sha256').update('GitGuardian').digest()
const COST = { N: 2048, r: 8, p: 1 }
const HASH_BYTES = 32
const HASH = /^[0-9a-f]{64}$/

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt)

export function make(options: Options, { name }: ProviderContext): LeakReceiver {
  return {
    policy: toPolicy(options),
    async open(received) {
      const { headers, body, at } = received
      const token = await readShared(options.signatureToken, name)
      const sentAt = headers.timestamp ?? ''
      if (!hasHexHmac(headers['gitguardian-signature'], `${sentAt}${token}`, body))
        return { is: 'refused', why: 'signature wrong' }
      if (!isRecent(sentAt, at)) return { is: 'refused', why: 'too old, or the clocks differ' }
      return read(received)
    },
    hashValue: async (value) => (await derive(value.expose(), SALT, HASH_BYTES, COST)).toString('hex'),
  }
}

/** Whatever is said about an incident that is open counts: one that was missed is found by the next message about it. */
function read({ body }: Received): Opened {
  const given = parseJson(body)
  if (!isObject(given)) return { is: 'unreadable', why: 'not a JSON object' }
  const { incident } = given
  if (!isObject(incident)) return { is: 'other' }
  const { hmsl_hash: hash, status, gitguardian_url: url } = incident
  if (status === 'resolved' || status === 'ignored' || typeof hash !== 'string') return { is: 'other' }
  if (!HASH.test(hash)) return { is: 'unreadable', why: 'hmsl_hash is not 64 hex digits' }
  return { is: 'report', leaks: [{ texts: [], hash, ...wordsOf({ url, source: 'GitGuardian' }) }] }
}
