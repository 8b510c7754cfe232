import type { KeyVaultSecret } from '@azure/keyvault-secrets'
import type { Call, ProviderContext } from '../../../src/contracts/call.ts'
import { ProviderError, type ProviderErrorDetails } from '../../../src/contracts/errors.ts'
import type {
  SecretAddress,
  SecretStore,
  StoreCheck,
  StoredKey,
} from '../../../src/contracts/secret-store.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { checkParts, readParts } from '../../shared/store/secret-text.ts'
import { requireAddress } from '../../shared/store/target.ts'
import { makeTurns } from '../../shared/store/turns.ts'
import { openVault, type Vault } from './client.ts'
import { MARK_TAG } from './history.ts'
import { checkAddress, type Options } from './options.ts'
import { writeVersion } from './write.ts'

interface Target {
  provider: string
  vault: Vault
  address: SecretAddress
  call: Call
}

/** Secrets of one vault. The service has no compare-and-set, so the writers of this process take turns. */
export function make(options: Options, context: ProviderContext): SecretStore {
  const provider = context.name
  const vault = openVault(provider, options)
  const takeTurn = makeTurns()

  function open(address: SecretAddress, call: Call): Target {
    requireAddress(provider, checkAddress(address))
    return { provider, vault, address, call }
  }

  return {
    traits: { readable: true, compareAndSet: false, settleMs: parseDurationMs(options.settle) },
    async check(address, call) {
      return check(open(address, call))
    },
    async read(address, version, call) {
      return read(open(address, call), version)
    },
    async write(address, material, intent, call) {
      const target = open(address, call)
      checkParts(address, material, { provider, secret: address.secret })
      // Names that differ in case are one secret.
      return takeTurn(address.secret.toLowerCase(), call.signal, () =>
        writeVersion({ ...target, material, ...intent }, call),
      )
    },
    async retire(address, version, call) {
      return retire(open(address, call), version)
    },
  }
}

function fail(target: Target, details: Omit<ProviderErrorDetails, 'provider' | 'effect'>): ProviderError {
  return new ProviderError({ provider: target.provider, effect: 'none', ...details })
}

/** The rights to get and list are proved by using them; the vault tells of no other right without its use. */
async function check(target: Target): Promise<StoreCheck> {
  const { vault, address, call } = target
  const latest = await vault.get(address.secret, undefined, call)
  readHeld(target, latest)
  if (latest.properties.managed === true) {
    throw fail(target, {
      code: 'invalid',
      message: `the secret ${address.secret} belongs to a certificate, which sets it anew when it is renewed`,
      nextStep: 'Keep the key in a secret of its own.',
    })
  }
  await vault.list(address.secret, call)
  const notes = ['the rights to set a version and to disable one show only when they are used']
  const { expiresOn } = latest.properties
  if (expiresOn !== undefined && expiresOn.getTime() <= Date.now())
    notes.push(`the latest version ended on ${expiresOn.toISOString()}; the next one gets no end`)
  return { read: 'proved', write: 'assumed', notes }
}

async function read(target: Target, version: string | 'current'): Promise<StoredKey> {
  const { vault, address, call } = target
  const found = await vault.get(
    address.secret,
    version === 'current' ? undefined : requireVersion(target, version),
    call,
  )
  const { material, absent } = readHeld(target, found)
  if (absent.length > 0) {
    throw fail(target, {
      code: 'not_found',
      missing: 'field',
      message: `the secret ${address.secret} has no field ${absent.join(', ')}`,
      nextStep: 'Correct the field in the target, or let the first rotation make it.',
    })
  }
  const mark = found.properties.tags?.[MARK_TAG]
  return { version: found.properties.version ?? '', material, ...(mark === undefined ? {} : { mark }) }
}

/** A version cannot be removed, but a disabled one can be read by nobody. Retiring it again changes nothing. */
async function retire(target: Target, version: string): Promise<'gone'> {
  const { vault, address, call } = target
  requireVersion(target, version)
  const latest = await vault.get(address.secret, undefined, call)
  if (latest.properties.version === version) {
    throw fail(target, {
      code: 'invalid',
      message: `the version ${version} of the secret ${address.secret} is the latest one`,
      nextStep: 'Retire only a version that was replaced.',
    })
  }
  await vault.disable(address.secret, version, call)
  return 'gone'
}

function readHeld({ provider, address }: Target, { value }: KeyVaultSecret) {
  return readParts(value ?? '', address, { provider, secret: address.secret })
}

/** An empty version would mean the latest one, whatever it is. */
function requireVersion(target: Target, version: string): string {
  if (/^[0-9a-fA-F]{32}$/.test(version)) return version
  throw fail(target, {
    code: 'not_found',
    missing: 'version',
    message: `${JSON.stringify(version)} is no version of a secret`,
    nextStep: 'Read the current version.',
  })
}
