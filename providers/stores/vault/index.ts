import type { ProviderContext } from '../../../src/contracts/call.ts'
import type { SecretStore } from '../../../src/contracts/secret-store.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { makeStore } from '../../shared/store/frame.ts'
import { makePlace } from '../../shared/store/place.ts'
import { checkSecret } from './check.ts'
import { openClient } from './client.ts'
import { SentMarks } from './history.ts'
import { isVersionNumber } from './kv.ts'
import { findNamespaces } from './namespaces.ts'
import { checkAddress, type Options } from './options.ts'
import { type Engine, readKey } from './read.ts'
import { retireVersion } from './retire.ts'
import { openSession } from './sign-in/session.ts'
import { writeKey } from './write.ts'

/** A KV version 2 engine. The compare-and-set is the server's own `cas`, so versions are its numbers. */
export function make(options: Options, context: ProviderContext): SecretStore {
  const { mount } = options
  const namespaces = findNamespaces(options)
  const client = openClient(context.name, { address: options.address, namespaces })
  const session = openSession(context.name, client, options.auth)
  const { policyPrefix } = namespaces
  const engine: Engine = {
    mount,
    policyPrefix,
    session,
    sentMarks: new SentMarks(),
    writers: options.writers,
  }
  return makeStore(context.name, {
    traits: { readable: true, compareAndSet: true, settleMs: parseDurationMs(options.settle) },
    checkAddress,
    isVersion: isVersionNumber,
    open: (place) => ({ ...makePlace({ ...place, name: `${mount}/data/${place.secret}` }), ...engine }),
    check: checkSecret,
    read: readKey,
    write: writeKey,
    retire: retireVersion,
    close: () => session.close(),
  })
}
