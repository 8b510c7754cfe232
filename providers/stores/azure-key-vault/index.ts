import type { ProviderContext } from '../../../src/contracts/call.ts'
import type { SecretStore } from '../../../src/contracts/secret-store.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { makeStore } from '../../shared/store/frame.ts'
import { checkSecret } from './check.ts'
import { openVault } from './client.ts'
import { isVersionId } from './history.ts'
import { canonicalSecret, checkAddress, type Options } from './options.ts'
import { readKey } from './read.ts'
import { retireVersion } from './retire.ts'
import { writeVersion } from './write.ts'

/** Secrets of one vault. The service has no compare-and-set, so the writers of this process take turns. */
export function make(options: Options, context: ProviderContext): SecretStore {
  const vault = openVault(context.name, options)
  return makeStore(context.name, {
    traits: { readable: true, compareAndSet: false, settleMs: parseDurationMs(options.settle) },
    checkAddress,
    isVersion: isVersionId,
    open: (place) => ({ ...place, vault, writers: options.writers }),
    turnOf: ({ secret }) => canonicalSecret(secret),
    check: checkSecret,
    read: readKey,
    write: writeVersion,
    retire: retireVersion,
  })
}
