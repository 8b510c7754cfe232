import type { V1Secret } from '@kubernetes/client-node'
import type { Call, ProviderContext } from '../../../src/contracts/call.ts'
import { ProviderError, type ProviderErrorDetails } from '../../../src/contracts/errors.ts'
import type {
  SecretAddress,
  SecretStore,
  StoreCheck,
  StoredKey,
} from '../../../src/contracts/secret-store.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { checkParts } from '../../shared/store/secret-text.ts'
import { requireAddress } from '../../shared/store/target.ts'
import { openSecretApi, type SecretApi } from './client.ts'
import type { SecretName } from './errors.ts'
import { describeTaken, findNotes, findObstacle, findRival, type Refusal } from './guard.ts'
import { isVersionOf, readState, type SecretState } from './history.ts'
import { checkAddress, type Options } from './options.ts'
import * as patches from './write.ts'
import { findLastWriter } from './writers.ts'

/** One target, opened. */
interface Target {
  provider: string
  api: SecretApi
  address: SecretAddress
  name: SecretName
  place: string
  call: Call
}

/** Secrets of one cluster. Compare-and-set is the server's: every patch names the resourceVersion that was read. */
export function make(options: Options, context: ProviderContext): SecretStore {
  const provider = context.name
  const api = openSecretApi(provider, options)

  function open(address: SecretAddress, call: Call): Target {
    requireAddress(provider, checkAddress(address))
    const slash = address.secret.indexOf('/')
    const namespace = slash < 0 ? api.namespace() : address.secret.slice(0, slash)
    const name = { namespace, name: address.secret.slice(slash + 1) }
    return { provider, api, address, name, place: `${namespace}/${name.name}`, call }
  }

  return {
    traits: { readable: true, compareAndSet: true, settleMs: parseDurationMs(options.settle) },
    async check(address, call) {
      return check(open(address, call))
    },
    async read(address, version, call) {
      const target = open(address, call)
      const { secret, state } = await look(target)
      return version === 'current' ? readCurrent(target, state, secret) : readVersion(target, state, version)
    },
    async write(address, material, intent, call) {
      const target = open(address, call)
      checkParts(address, material, { provider, secret: address.secret })
      return write(target, material, intent)
    },
    async retire(address, version, call) {
      return retire(open(address, call), version)
    },
  }
}

function fail(target: Target, details: Omit<ProviderErrorDetails, 'provider' | 'effect'>): ProviderError {
  return new ProviderError({ provider: target.provider, effect: 'none', ...details })
}

function refuse(target: Target, refusal: Refusal | undefined): void {
  if (refusal !== undefined) throw fail(target, { code: 'invalid', ...refusal })
}

/** The Secret as it is now. @throws ProviderError `invalid` for one that nothing can be written to. */
async function look(target: Target): Promise<{ secret: V1Secret; state: SecretState }> {
  const secret = await target.api.get(target.name, target.call)
  refuse(target, findObstacle(secret, target.place))
  return { secret, state: readState(secret, target.address, target.provider) }
}

/**
 * The right to write is proved by a patch that changes nothing and is not stored either. It names no resourceVersion:
 * what somebody else writes between look and patch says nothing about that right.
 */
async function check(target: Target): Promise<StoreCheck> {
  const { secret, state } = await look(target)
  const fields = fieldsOf(target)
  refuse(target, findRival(secret, state, fields, target.place))
  await target.api.patch(target.name, {}, target.call, true)
  return { read: 'proved', write: 'proved', notes: findNotes(secret, fields) }
}

function fieldsOf({ address }: Target): string[] {
  return Object.values(address.fields).map(String)
}

function readCurrent(target: Target, { current, absent }: SecretState, secret: V1Secret): StoredKey {
  if (current !== undefined) {
    const writer = current.mark === undefined ? findLastWriter(secret, fieldsOf(target)) : undefined
    return { ...toStoredKey(current), ...(writer === undefined ? {} : { writer }) }
  }
  throw fail(target, {
    code: 'not_found',
    missing: 'field',
    message: `the Secret ${target.place} has no field ${absent.join(', ')}`,
    nextStep: 'Correct the field in the target, or let the first rotation make it.',
  })
}

/** A version tells its value's digest, so the value is found wherever it stands now. */
function readVersion(target: Target, { current, previous }: SecretState, version: string): StoredKey {
  if (current?.version === version) return toStoredKey(current)
  const kept = [current, previous].find((one) => isVersionOf(version, one))
  if (kept) return { version, material: kept.material }
  throw fail(target, {
    code: 'not_found',
    missing: 'version',
    message: `the Secret ${target.place} holds no value of the version ${version} any more`,
    nextStep: 'Read the current version.',
  })
}

function toStoredKey({ version, material, mark }: NonNullable<SecretState['current']>): StoredKey {
  return { version, material, ...(mark === undefined ? {} : { mark }) }
}

async function write(
  target: Target,
  material: Material,
  intent: patches.Intent,
): Promise<{ version: string }> {
  const { address, place } = target
  const { secret, state } = await look(target)
  const version = patches.versionFor(material, intent.mark)
  const decision = patches.judge(state, address, material, intent)
  if (decision === 'repeat') return { version }
  if (decision === 'conflict') {
    throw fail(target, {
      code: 'conflict',
      message: `the Secret ${place} does not hold what this write replaces (${intent.replaces})`,
      nextStep: 'Read the Secret again and look at what changed.',
    })
  }
  if (patches.movesCurrent(state, material) && state.taken.length > 0)
    refuse(target, describeTaken(state.taken, place))
  const patch = patches.describeWrite(secret, state, address, material, intent.mark)
  const bytes = patches.sizeAfter(secret, patch)
  if (bytes > patches.MAX_DATA_BYTES) {
    refuse(target, {
      message: `the Secret ${place} would hold ${bytes} bytes with the replaced value beside the new one, ${patches.MAX_DATA_BYTES} are allowed`,
      nextStep: 'Keep fewer or shorter fields in this Secret.',
    })
  }
  await target.api.patch(target.name, patch, target.call)
  return { version }
}

async function retire(target: Target, version: string): Promise<'gone'> {
  const { secret, state } = await look(target)
  if (isVersionOf(version, state.current)) {
    throw fail(target, {
      code: 'invalid',
      message: `the version ${version} is the current value of the Secret ${target.place}`,
      nextStep: 'Retire only a version that was replaced.',
    })
  }
  if (!isVersionOf(version, state.previous)) return 'gone'
  await target.api.patch(target.name, patches.describeRetirement(secret, state, target.address), target.call)
  return 'gone'
}
