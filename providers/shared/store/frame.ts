import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type {
  SecretAddress,
  SecretStore,
  StoreCheck,
  StoredKey,
  StoreTraits,
} from '../../../src/contracts/secret-store.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import { checkParts, checkValues } from './fields.ts'
import type { HeldParts } from './held-parts.ts'
import type { Intent } from './judge-write.ts'
import { failMissingFields, failMissingVersion, makePlace, type Place } from './place.ts'
import { makeTurns } from './turns.ts'

/*
 * What every store repeats, once: a call opens its place, which refuses an illegal address before any request; the
 * parts of a key and the grammar of versions are checked; writers take turns where the service has no compare-and-set;
 * a read of a place whose fields are not all there is an error. A store brings its verbs and what is its own.
 */

/** A version as a store finds it, whole or not. */
export interface Found extends HeldParts {
  /** Undefined if the secret has no version yet. */
  readonly version: string | undefined
  readonly mark?: string | undefined
  readonly writer?: string | undefined
}

export interface WriteRequest extends Intent {
  readonly material: Material
}

/** One store: its verbs, on places opened by `open`. */
export interface StoreParts<Opened extends Place> {
  readonly traits: StoreTraits
  checkAddress(address: SecretAddress): readonly string[]
  /** Whether this can be a version of the store. What cannot be one is not asked for. */
  isVersion(version: string): boolean
  /** Adds what is the store's own: its client, the secret's full name. Sends nothing. */
  open(place: Place): Opened
  /** For a service without compare-and-set: writers with the same turn in this process wait for each other. */
  turnOf?(place: Opened): string
  explainUnfit?(address: SecretAddress, material: Material): string | null
  check(place: Opened): Promise<StoreCheck>
  read(place: Opened, version: string | 'current'): Promise<Found>
  /** Returns the version that it made, or made before. */
  write(place: Opened, request: WriteRequest): Promise<string>
  retire(place: Opened, version: string): Promise<'gone' | 'unlisted' | 'kept'>
  close?(): Promise<void>
}

export function makeStore<Opened extends Place>(provider: string, parts: StoreParts<Opened>): SecretStore {
  const inTurn = makeTurns()

  function open(address: SecretAddress, call: Call): Opened {
    requireAddress(provider, parts.checkAddress(address))
    const { secret } = address
    return parts.open(makePlace({ provider, address, secret, call, name: `secret ${secret}` }))
  }

  function requireVersion(place: Opened, version: string): void {
    if (parts.isVersion(version)) return
    throw failMissingVersion(place, version, `cannot have a version ${JSON.stringify(version)}`)
  }

  return {
    traits: parts.traits,
    check: async (address, call) => parts.check(open(address, call)),
    read: async (address, version, call) => {
      const place = open(address, call)
      if (version !== 'current') requireVersion(place, version)
      return requireWhole(place, await parts.read(place, version))
    },
    write: async (address, material, intent, call) => {
      const place = open(address, call)
      checkParts(place, material)
      checkValues(place, material)
      const work = () => parts.write(place, { material, ...intent })
      const turn = parts.turnOf?.(place)
      return { version: await (turn === undefined ? work() : inTurn(turn, call.signal, work)) }
    },
    retire: async (address, version, call) => {
      const place = open(address, call)
      requireVersion(place, version)
      return parts.retire(place, version)
    },
    ...(parts.explainUnfit === undefined ? {} : { explainUnfit: parts.explainUnfit }),
    ...(parts.close === undefined ? {} : { close: parts.close }),
  }
}

/** @throws ProviderError `invalid`, effect none, naming the first problem. */
function requireAddress(provider: string, [problem]: readonly string[]): void {
  if (problem === undefined) return
  const nextStep = 'Correct the target in the config.'
  throw new ProviderError({ code: 'invalid', provider, message: problem, effect: 'none', nextStep })
}

function requireWhole(place: Place, { version, material, absent, mark, writer, others }: Found): StoredKey {
  if (version === undefined || absent.length > 0)
    throw failMissingFields(place, absent, others && Object.keys(others))
  return {
    version,
    material,
    ...(mark === undefined ? {} : { mark }),
    ...(writer === undefined ? {} : { writer }),
    ...(others === undefined ? {} : { others }),
  }
}
