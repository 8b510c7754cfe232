/* Receiver `generic`: `{ "value": …, "url": …, "source": …, "reporter": … }`, by a token or signed. */

import type { ProviderContext } from '../../../src/contracts/call.ts'
import type { LeakReceiver, Opened, Received } from '../../../src/contracts/receiver.ts'
import { isObject } from '../../shared/options/is-object.ts'
import { hasBearer, judgeStandardWebhook, readShared } from '../../shared/receiver/authentic.ts'
import { toPolicy } from '../../shared/receiver/policy.ts'
import { parseJson, textsOf, wordsOf } from '../../shared/receiver/read-body.ts'
import type { Options } from './options.ts'

export function make(options: Options, { name }: ProviderContext): LeakReceiver {
  return {
    policy: toPolicy(options),
    async open(received) {
      const why = await judgeSender(options, name, received)
      return why === null ? read(received) : { is: 'refused', why }
    },
  }
}

async function judgeSender(options: Options, name: string, received: Received): Promise<string | null> {
  if (options.standardWebhooks)
    return judgeStandardWebhook(received, await readShared(options.standardWebhooks, name))
  if (!options.bearer) return 'no way to know the sender is configured'
  return hasBearer(received, await readShared(options.bearer, name)) ? null : 'token wrong'
}

function read({ body }: Received): Opened {
  const given = parseJson(body)
  if (!isObject(given)) return { is: 'unreadable', why: 'not a JSON object' }
  const { value, values } = given
  const texts = textsOf(value, ...(Array.isArray(values) ? values : []))
  if (texts.length === 0) return { is: 'unreadable', why: 'neither value nor values' }
  return { is: 'report', leaks: [{ texts, ...wordsOf(given) }] }
}
