import type { Call, ProviderContext } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { SecretAddress, SecretStore } from '../../../src/contracts/secret-store.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { checkParts, refuseText } from '../../shared/store/secret-text.ts'
import { makeTurns } from '../../shared/store/turns.ts'
import { checkSecret } from './check.ts'
import { makeClient } from './client.ts'
import type { NewestMemory } from './history.ts'
import { resourceOf } from './names.ts'
import { checkAddress, type Options } from './options.ts'
import { conflictError, findListed, listNewest, type Place, parseVersion, readKey } from './read.ts'
import { makeMarkMemory, writeKey } from './write.ts'

/** A store in Google Secret Manager, over REST. */
export function make(options: Options, context: ProviderContext): SecretStore {
  const client = makeClient(options, context.name)
  const inTurn = makeTurns()
  const marks = makeMarkMemory()
  const newest: NewestMemory = new Map()

  function placeOf(address: SecretAddress, call: Call): Place {
    const subject = { provider: context.name, secret: address.secret }
    const [problem] = checkAddress(address)
    if (problem !== undefined) throw refuseText(subject, problem, 'Correct the target in the config.')
    const resource = resourceOf(address.secret, options)
    if (resource === undefined) {
      const here = options.location ?? 'the global ones'
      throw refuseText(subject, `it does not lie in ${here}`, 'Give it a store with its own `location`.')
    }
    return { ...subject, client, address, resource, call, newest }
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
 * `unlisted`. That the newest version is disabled or destroyed does not keep an older, dead value from being retired.
 */
async function retireVersion(place: Place, version: string): Promise<'gone' | 'unlisted'> {
  const { client, resource, call } = place
  const number = parseVersion(place, version)
  const versions = await listNewest(place)
  const listed = versions.find((one) => one.number === number)
  requireReplaced(place, number, versions[0]?.number ?? 0)
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

/** One that the list does not show is older than the newest hundred, or newer than the list, and may be the current one. */
function requireReplaced(place: Place, number: number, listedHighest: number): void {
  const highest = Math.max(listedHighest, place.newest.get(place.resource) ?? 0)
  if (number === highest) throw conflictError(place, `version ${number} is the newest one`)
  if (number < highest) return
  throw new ProviderError({
    code: 'unavailable',
    provider: place.provider,
    message: `secret ${place.secret}: the list does not show whether version ${number} was replaced`,
    effect: 'none',
    nextStep: 'Wait until the list shows a newer version, then try again.',
  })
}
