import type { Call, ProviderContext } from '../../../src/contracts/call.ts'
import type { SecretAddress, SecretStore, StoreCheck } from '../../../src/contracts/secret-store.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { checkParts } from '../../shared/store/secret-text.ts'
import { requireAddress } from '../../shared/store/target.ts'
import { openSession } from './auth.ts'
import { openClient } from './client.ts'
import { type Engine, encodePath, fail, fetchVersion, openParts, pathOf, policyPathOf } from './engine.ts'
import { checkKeptVersions, settingPaths } from './kept-versions.ts'
import { readCapabilities } from './kv.ts'
import { findNamespaces } from './namespaces.ts'
import { checkAddress, type Options } from './options.ts'
import { SentMarks } from './sent-marks.ts'
import { writeParts } from './write.ts'

/** A KV version 2 engine. The compare-and-set is the server's own `cas`, so versions are its numbers. */
export function make(options: Options, context: ProviderContext): SecretStore {
  const provider = context.name
  const namespaces = findNamespaces(options)
  const client = openClient(provider, { address: options.address, namespaces })
  const engine: Engine = {
    provider,
    mount: options.mount,
    policyPrefix: namespaces.policyPrefix,
    session: openSession(provider, client, options.auth),
    sentMarks: new SentMarks(),
  }
  return {
    traits: { readable: true, compareAndSet: true, settleMs: parseDurationMs(options.settle) },
    async check(address, call) {
      requireAddress(provider, checkAddress(address))
      return check(engine, address, call)
    },
    async read(address, version, call) {
      requireAddress(provider, checkAddress(address))
      if (version !== 'current') requireVersion(engine, version)
      const { found, parts, absent } = await openParts(engine, address, version, call)
      if (absent.length === 0) return { version: String(found.version), material: parts }
      throw fail(engine, {
        code: 'not_found',
        missing: 'field',
        message: `${pathOf(engine, 'data', address.secret)} has no field ${absent.join(', ')}`,
        nextStep: 'Correct the field in the target, or let the first rotation make it.',
      })
    },
    async write(address, material, intent, call) {
      requireAddress(provider, checkAddress(address))
      checkParts(address, material, { provider, secret: address.secret })
      return writeParts(engine, { address, material, ...intent }, call)
    },
    async retire(address, version, call) {
      requireAddress(provider, checkAddress(address))
      requireVersion(engine, version)
      return retire(engine, address.secret, version, call)
    },
    close: () => engine.session.close(),
  }
}

/** The right to read is proved by reading, the rights to write and destroy by what the token is told of itself. */
async function check(engine: Engine, address: SecretAddress, call: Call): Promise<StoreCheck> {
  const { found } = await openParts(engine, address, 'current', call)
  const needed = [pathOf(engine, 'data', address.secret), pathOf(engine, 'destroy', address.secret)]
  const asked = [...needed, ...settingPaths(engine, address.secret)]
  const capabilities = await readCapabilities(
    engine,
    asked.map((path) => policyPathOf(engine, path)),
    call,
  )
  const may = (what: string) => (path: string) =>
    capabilities !== 'not-told' &&
    capabilities[policyPathOf(engine, path)]?.some((one) => one === what || one === 'root') === true
  const lacking = needed.filter((path) => !may('update')(path))
  if (capabilities !== 'not-told' && lacking.length > 0) {
    throw fail(engine, {
      code: 'denied',
      message: `the policy lacks "update" on ${lacking.map((path) => policyPathOf(engine, path)).join(' and ')}`,
      nextStep: 'Give the policy of this token "update" there; `keyrota permissions` prints it whole.',
    })
  }
  const about = { secret: address.secret, current: found.version, mayRead: may('read') }
  const notes = [...(await checkKeptVersions(engine, about, call)), ...engine.session.describeToken()]
  if (capabilities !== 'not-told') return { read: 'proved', write: 'proved', notes }
  const note = 'the token may not ask for its own capabilities, so its right to write is not proved'
  return { read: 'proved', write: 'assumed', notes: [note, ...notes] }
}

/** Version numbers only grow, so one that is below the current number can never become current again. */
async function retire(engine: Engine, secret: string, version: string, call: Call): Promise<'gone'> {
  const current = await fetchVersion(engine, secret, 'current', call)
  if (current.version <= Number(version)) {
    throw fail(engine, {
      code: 'invalid',
      message: `version ${version} of ${pathOf(engine, 'data', secret)} was not replaced yet`,
      nextStep: 'Retire only a version that was replaced.',
    })
  }
  const path = pathOf(engine, 'destroy', secret)
  const request = { path: encodePath(path), body: { versions: [Number(version)] }, mutates: true }
  const grant = { capability: 'update' as const, path: policyPathOf(engine, path) }
  await engine.session.send({ ...request, grant }, call)
  return 'gone'
}

/** KV numbers its versions from 1; asked for 0 it would answer the current one. */
function requireVersion(engine: Engine, version: string): void {
  if (/^[1-9]\d{0,9}$/.test(version)) return
  throw fail(engine, {
    code: 'not_found',
    missing: 'version',
    message: `${JSON.stringify(version)} is no version of this store`,
    nextStep: 'Read the current version.',
  })
}
