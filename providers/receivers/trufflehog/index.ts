/* Receiver `trufflehog`: the lines of `trufflehog --json`, posted as they are. */

import type { ProviderContext } from '../../../src/contracts/call.ts'
import type { LeakReceiver, Opened, Reported } from '../../../src/contracts/receiver.ts'
import { isObject } from '../../shared/options/is-object.ts'
import { hasBearer, readShared } from '../../shared/receiver/authentic.ts'
import { toPolicy } from '../../shared/receiver/policy.ts'
import { parseJson, textsOf, wordsOf } from '../../shared/receiver/read-body.ts'
import type { Options } from './options.ts'

export function make(options: Options, { name }: ProviderContext): LeakReceiver {
  return {
    policy: toPolicy(options),
    async open(received) {
      const token = await readShared(options.bearer, name)
      if (!hasBearer(received, token)) return { is: 'refused', why: 'token wrong' }
      return read(received.body)
    },
  }
}

/** Lines about the scan itself, which some versions print among the results, are passed over. */
function read(body: Buffer): Opened {
  const lines = body.toString().split('\n')
  const parsed = lines.map(parseJson).filter((line) => line !== undefined)
  const whole = parsed.length === 1 && Array.isArray(parsed[0]) ? parsed[0] : parsed
  const leaks = whole.flatMap(readResult)
  if (leaks.length > 0) return { is: 'report', leaks }
  return parsed.length > 0 || body.length === 0
    ? { is: 'other' }
    : { is: 'unreadable', why: 'no line of JSON' }
}

function readResult(line: unknown): Reported[] {
  if (!isObject(line)) return []
  const { Raw, RawV2, DetectorName, SourceMetadata } = line
  const texts = textsOf(Raw, RawV2)
  if (texts.length === 0) return []
  const place = placeOf(SourceMetadata)
  const source = typeof DetectorName === 'string' ? `TruffleHog ${DetectorName}` : 'TruffleHog'
  return [{ texts, ...wordsOf({ source, url: place.link ?? place.repository, reporter: place.email }) }]
}

/** `{ "Data": { "Github": { "link": …, "repository": …, "email": … } } }` */
function placeOf(metadata: unknown): Readonly<Record<string, unknown>> {
  const data = isObject(metadata) && isObject(metadata.Data) ? Object.values(metadata.Data) : []
  const [first] = data
  return isObject(first) ? first : {}
}
