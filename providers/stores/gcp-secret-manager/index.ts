import type { ProviderContext } from '../../../src/contracts/call.ts'
import type { SecretStore } from '../../../src/contracts/secret-store.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { makeStore } from '../../shared/store/frame.ts'
import type { Place } from '../../shared/store/place.ts'
import { checkSecret } from './check.ts'
import { makeClient } from './client.ts'
import { isVersionNumber, makeHistory } from './history.ts'
import { resourceOf } from './names.ts'
import { checkAddress, type Options } from './options.ts'
import { readKey } from './read.ts'
import { retireVersion } from './retire.ts'
import { writeKey } from './write.ts'

/** A store in Google Secret Manager, over REST. It has no compare-and-set, so the writers of this process take turns. */
export function make(options: Options, context: ProviderContext): SecretStore {
  const client = makeClient(options, context.name)
  const own = { client, history: makeHistory(), writers: options.writers }
  return makeStore(context.name, {
    traits: { readable: true, compareAndSet: false, settleMs: parseDurationMs(options.settle) },
    checkAddress,
    isVersion: isVersionNumber,
    open: (place) => ({ ...place, ...own, resource: requireResource(place, options) }),
    turnOf: ({ resource }) => resource,
    check: checkSecret,
    read: readKey,
    write: writeKey,
    retire: retireVersion,
    close: () => client.close(),
  })
}

function requireResource(place: Place, options: Options): string {
  const resource = resourceOf(place.secret, options)
  if (resource !== undefined) return resource
  const says = `is not in ${options.location ?? 'the global location'}, which this store uses`
  const nextStep = 'Add a store with the `location` of the secret.'
  throw place.fail({ code: 'invalid', says, nextStep })
}
