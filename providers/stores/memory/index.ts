/** The store in memory. */
import type { TimedContext } from '../../../src/contracts/call.ts'
import type { SecretStore } from '../../../src/contracts/secret-store.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { type Found, makeStore } from '../../shared/store/frame.ts'
import { failCurrentVersion, failMissingVersion, type Place } from '../../shared/store/place.ts'
import type { Verb } from './faults.ts'
import { checkAddress, type Options } from './options.ts'
import { change, look, type Request } from './request.ts'
import { type SpaceVersion, storeSpace } from './space.ts'
import { openSecret, partsOf, prepareWrite, writeAndLook, writeAtOnce } from './write.ts'

export type { Fault, Verb } from './faults.ts'
export type { SpaceSecret, SpaceVersion } from './space.ts'
export { dropStoreSpace, StoreSpace, storeSpace } from './space.ts'

/** A store whose secrets live in a named space of this process. */
export function make(options: Options, context: TimedContext): SecretStore {
  const space = storeSpace(options.space, context)
  for (const name of options.secrets) space.addSecret(name)
  const provider = context.name

  function begin(verb: Verb, { secret, call }: Place): Request {
    return { space, provider, verb, secret, call, changed: false }
  }

  return makeStore(provider, {
    traits: {
      readable: true,
      compareAndSet: options.compareAndSet,
      settleMs: parseDurationMs(options.settle),
    },
    checkAddress,
    isVersion: (version) => /^mem-[a-z0-9]+$/.test(version),
    open: (place) => place,
    ...(options.compareAndSet ? {} : { turnOf: ({ secret }) => secret }),
    async check(place) {
      const request = begin('check', place)
      await look(request, () => openSecret(request))
      return { read: 'proved', write: 'proved', notes: [] }
    },
    async read(place, version) {
      const request = begin('read', place)
      return look(request, () => readVersion(request, place, version))
    },
    async write(place, wanted) {
      const request = begin('write', place)
      const write = prepareWrite(place, wanted)
      return options.compareAndSet ? writeAtOnce(request, write) : writeAndLook(request, write)
    },
    async retire(place, version) {
      const request = begin('retire', place)
      return change(request, () => retireVersion(request, place, version))
    },
  })
}

function readVersion(request: Request, place: Place, wanted: string): Found {
  const { versions } = openSecret(request)
  const found =
    wanted === 'current' ? findCurrent(request, versions) : versions.find(({ id }) => id === wanted)
  if (wanted !== 'current' && (!found || found.retired)) throw failMissingVersion(place, wanted)
  return { version: found?.id, mark: found?.mark, ...partsOf(place.address, found?.fields) }
}

/** The last version, or under an injected stale read the one before it. */
function findCurrent(request: Request, versions: readonly SpaceVersion[]): SpaceVersion | undefined {
  const isStale = request.space.takeFault(request, 'stale-read') !== undefined
  return (isStale ? versions.at(-2) : undefined) ?? versions.at(-1)
}

function retireVersion(request: Request, place: Place, id: string): 'gone' {
  const { versions } = openSecret(request)
  const last = versions.at(-1)
  if (last?.id === id) throw failCurrentVersion(place, id)
  const index = versions.findIndex((version) => version.id === id)
  const found = versions[index]
  // The version stays known by its mark, so that a late repeat of its write is still recognized; its value goes.
  if (found) versions[index] = { ...found, fields: new Map(), retired: true }
  return 'gone'
}
