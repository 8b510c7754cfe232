/** The store in memory. */
import type { Call, TimedContext } from '../../../src/contracts/call.ts'
import type { SecretAddress, SecretStore, StoredKey } from '../../../src/contracts/secret-store.ts'
import type { SecretValue } from '../../../src/contracts/secret-value.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import type { Verb } from './faults.ts'
import { checkAddress, type Options } from './options.ts'
import { change, failure, look, type Request } from './request.ts'
import { type SpaceVersion, storeSpace } from './space.ts'
import { openSecret, prepareWrite, writeAndLook, writeAtOnce } from './write.ts'

export type { Fault, Verb } from './faults.ts'
export type { SpaceSecret, SpaceVersion } from './space.ts'
export { dropStoreSpace, StoreSpace, storeSpace } from './space.ts'

/** A store whose secrets live in a named space of this process. */
export function make(options: Options, context: TimedContext): SecretStore {
  const space = storeSpace(options.space, context)
  for (const name of options.secrets) space.addSecret(name)
  const provider = context.name
  const turns = new Map<string, Promise<unknown>>()

  function begin(verb: Verb, address: SecretAddress, call: Call): Request {
    const [problem] = checkAddress(address)
    if (problem !== undefined)
      throw failure({ provider }, { code: 'invalid', message: problem, nextStep: 'Correct the target.' })
    return { space, provider, verb, secret: address.secret, call, changed: false }
  }

  /** Without compare-and-set, writers of one process at least do not overtake each other. */
  function takeTurn<T>(secret: string, run: () => Promise<T>): Promise<T> {
    const turn = (turns.get(secret) ?? Promise.resolve()).then(run, run)
    turns.set(secret, turn)
    return turn
  }

  return {
    traits: {
      readable: true,
      compareAndSet: options.compareAndSet,
      settleMs: parseDurationMs(options.settle),
    },
    async check(address, call) {
      const request = begin('check', address, call)
      await look(request, () => openSecret(request))
      return { read: 'proved', write: 'proved', notes: [] }
    },
    async read(address, version, call) {
      const request = begin('read', address, call)
      return look(request, () => readVersion(request, address, version))
    },
    async write(address, material, intent, call) {
      const request = begin('write', address, call)
      const write = prepareWrite(provider, address, material, intent)
      if (options.compareAndSet) return writeAtOnce(request, write)
      return takeTurn(address.secret, () => writeAndLook(request, write))
    },
    async retire(address, version, call) {
      const request = begin('retire', address, call)
      return change(request, () => retireVersion(request, version))
    },
  }
}

function readVersion(request: Request, address: SecretAddress, wanted: string): StoredKey {
  const { versions } = openSecret(request)
  const found =
    wanted === 'current' ? findCurrent(request, versions) : versions.find(({ id }) => id === wanted)
  if (wanted !== 'current' && (!found || found.retired))
    throw failure(request, {
      code: 'not_found',
      missing: 'version',
      message: `the secret ${request.secret} has no version ${wanted}`,
      nextStep: 'Read the current version.',
    })
  const material: Record<string, SecretValue> = {}
  for (const [part, field] of Object.entries(address.fields)) {
    const value = found?.fields.get(field)
    if (!value)
      throw failure(request, {
        code: 'not_found',
        missing: 'field',
        message: `the secret ${request.secret} has no ${field === null ? 'value as a whole' : `field ${field}`}`,
        nextStep: 'Correct `field` in the target, or let the first rotation make it.',
      })
    material[part] = value
  }
  return {
    version: found?.id ?? '',
    material,
    ...(found?.mark === undefined ? {} : { mark: found.mark }),
  }
}

/** The last version, or under an injected stale read the one before it. */
function findCurrent(request: Request, versions: readonly SpaceVersion[]): SpaceVersion | undefined {
  const isStale = request.space.takeFault(request, 'stale-read') !== undefined
  return (isStale ? versions.at(-2) : undefined) ?? versions.at(-1)
}

function retireVersion(request: Request, id: string): 'gone' {
  const { versions } = openSecret(request)
  const last = versions.at(-1)
  if (last?.id === id)
    throw failure(request, {
      code: 'invalid',
      message: `the version ${id} is the current one`,
      nextStep: 'Retire only a version that was replaced.',
    })
  const index = versions.findIndex((version) => version.id === id)
  const found = versions[index]
  // The version stays known by its mark, so that a late repeat of its write is still seen; its value goes.
  if (found) versions[index] = { ...found, fields: new Map(), retired: true }
  return 'gone'
}
