import type { ProviderContext } from '../../../src/contracts/call.ts'
import type { SecretStore } from '../../../src/contracts/secret-store.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { makeStore } from '../../shared/store/frame.ts'
import { checkSecret } from './check.ts'
import { makeClient } from './client.ts'
import { isVersionId } from './history.ts'
import { checkAddress, type Options } from './options.ts'
import { readKey } from './read.ts'
import { retireVersion } from './retire.ts'
import { writeKey } from './write.ts'

/** A store in AWS Secrets Manager; credentials come from the SDK's default chain. */
export function make(options: Options, context: ProviderContext): SecretStore {
  const client = makeClient(options, context.name)
  return makeStore(context.name, {
    traits: { readable: true, compareAndSet: true, settleMs: parseDurationMs(options.settle) },
    checkAddress,
    isVersion: isVersionId,
    open: (place) => ({ ...place, client }),
    check: (place) => checkSecret(place, options),
    read: readKey,
    write: writeKey,
    retire: retireVersion,
    close: async () => client.close(),
  })
}
