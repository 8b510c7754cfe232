import type { ProviderContext } from '../../../src/contracts/call.ts'
import type { SecretStore } from '../../../src/contracts/secret-store.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { makeStore } from '../../shared/store/frame.ts'
import { makePlace } from '../../shared/store/place.ts'
import { checkSecret } from './check.ts'
import { openSecretApi } from './client.ts'
import { isVersion } from './history.ts'
import { checkAddress, type Options } from './options.ts'
import { readKey } from './read.ts'
import { retireVersion } from './retire.ts'
import { writeKey } from './write.ts'

/** Secrets of one cluster. Compare-and-set is the server's: every patch names the resourceVersion that was read. */
export function make(options: Options, context: ProviderContext): SecretStore {
  const api = openSecretApi(context.name, options)
  const own = { api, writers: options.writers }
  return makeStore(context.name, {
    traits: {
      readable: true,
      compareAndSet: true,
      settleMs: parseDurationMs(options.settle),
      readAs: 'kubernetes-secret',
    },
    checkAddress,
    isVersion,
    open: (place) => {
      const slash = place.secret.indexOf('/')
      const namespace = slash < 0 ? api.namespace() : place.secret.slice(0, slash)
      const object = { namespace, name: place.secret.slice(slash + 1) }
      return { ...makePlace({ ...place, name: `Secret ${namespace}/${object.name}` }), ...own, object }
    },
    check: checkSecret,
    read: readKey,
    write: writeKey,
    retire: retireVersion,
    close: async () => api.close(),
  })
}
