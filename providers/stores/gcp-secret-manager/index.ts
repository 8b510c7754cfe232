import type { Call, ProviderContext } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { SecretAddress, SecretStore } from '../../../src/contracts/secret-store.ts'
import { parseDurationMs } from '../../shared/duration.ts'
import { checkParts, refuseText } from '../../shared/secret-text.ts'
import { makeTurns } from '../../shared/turns.ts'
import { checkSecret } from './check.ts'
import { makeClient } from './client.ts'
import { resourceOf } from './names.ts'
import { checkAddress, type Options } from './options.ts'
import { conflictError, findListed, type Place, readKey, readPage } from './read.ts'
import { makeMarkMemory, writeKey } from './write.ts'

/** A store in Google Secret Manager, over REST. */
export function make(options: Options, context: ProviderContext): SecretStore {
  const client = makeClient(options, context.name)
  const inTurn = makeTurns()
  const marks = makeMarkMemory()

  function placeOf(address: SecretAddress, call: Call): Place {
    const subject = { provider: context.name, secret: address.secret }
    const [problem] = checkAddress(address)
    if (problem !== undefined) throw refuseText(subject, problem, 'Correct the target in the config.')
    const resource = resourceOf(address.secret, options)
    if (resource === undefined) {
      const here = options.location ?? 'the global ones'
      throw refuseText(subject, `it does not lie in ${here}`, 'Give it a store with its own `location`.')
    }
    return { ...subject, client, address, resource, call }
  }

  return {
    traits: { readable: true, compareAndSet: false, settleMs: parseDurationMs(options.settle) },
    check: async (address, call) => checkSecret(placeOf(address, call)),
    read: async (address, version, call) => readKey(placeOf(address, call), version),
    write: async (address, material, intent, call) => {
      const place = placeOf(address, call)
      checkParts(address, material, place)
      const work = () => writeKey(place, material, intent, marks)
      return { version: await inTurn(place.resource, call.signal, work) }
    },
    retire: async (address, version, call) => retireVersion(placeOf(address, call), version),
    close: () => client.close(),
  }
}

/**
 * Destroys the version. Where the secret delays destruction it is disabled until then, and could be enabled again:
 * `unlisted`. The list says which version is current; one that it does not show is older than its page.
 */
async function retireVersion(place: Place, version: string): Promise<'gone' | 'unlisted'> {
  const { client, resource, call } = place
  const number = Number(version)
  const { versions, current } = await readPage(place)
  if (current?.number === number) throw conflictError(place, `version ${version} is the current one`)
  const listed = versions.find((one) => one.number === number)
  if (listed?.state === 'DESTROYED') return 'gone'
  if (listed?.isScheduled) return 'unlisted'
  const destroyed = await client
    .destroy(resource, { number, etag: listed?.etag }, call)
    .catch(async (thrown: unknown) => {
      if (!(thrown instanceof ProviderError) || thrown.code !== 'conflict') throw thrown
      // A stale etag and a second destruction are the same refusal; only the version tells which.
      const present = await findListed(place, number)
      if (present?.state === 'DESTROYED' || present?.isScheduled) return present
      throw thrown
    })
  return destroyed.state === 'DESTROYED' ? 'gone' : 'unlisted'
}
