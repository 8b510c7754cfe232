import { randomUUID } from 'node:crypto'
import { make } from '../../../../providers/stores/vault/index.ts'
import { checkAddress, type Options, options } from '../../../../providers/stores/vault/options.ts'
import { MAX_DATA_BYTES } from '../../../../providers/stores/vault/write.ts'
import type { SecretStore } from '../../../../src/contracts/secret-store.ts'
import type { Fault, StoreFixture } from '../../../laws/secret-store.ts'
import { type FaultAction, type FaultProxy, onPath, type SeenRequest } from '../../network/fault-proxy.ts'
import type { VaultServer } from './server.ts'

const isVaultWrite = onPath('POST', /^\/v1\/secret\/data\//)

/** A store as a config makes it, with options that are checked as a config's are. */
export function makeVaultStore(given: object): SecretStore {
  const parsed = options.parse(given) as Options
  return make(parsed, { name: 'vault', stateFolder: '/nonexistent' })
}

/** A store that uses this token, which it finds in a variable of its own. */
export function makeTokenStore(address: string, token: string, more: object = {}): SecretStore {
  const name = `TEST_VAULT_TOKEN_${randomUUID().replaceAll('-', '_')}`
  process.env[name] = token
  return makeVaultStore({ address, auth: { token: { env: name } }, ...more })
}

/** The law's view of a KV engine at `secret/`, reached through the proxy. */
export function makeVaultFixture(server: VaultServer, proxy: FaultProxy): StoreFixture {
  const newStore = () => makeTokenStore(proxy.url, server.rootToken)
  const store = newStore()
  const arm = async (action: FaultAction, when = (_: SeenRequest) => true, times?: number) => {
    proxy.arm({ action, when, times: times ?? Number.POSITIVE_INFINITY })
    return { store, undo: async () => proxy.clear() } satisfies Fault
  }
  return {
    store,
    checkAddress,
    nature: {
      wholeSecret: false,
      distinguishesAbsent: false,
      sendsRetryAfter: true,
      retires: 'gone',
      maxValueBytes: MAX_DATA_BYTES - '{"API_KEY":""}'.length,
      calls: { readCurrent: 1, readVersion: 1, write: 2 },
    },
    anotherStore: async () => newStore(),
    newSecret: (content) => server.newSecret(content),
    newEmptySecret: () => server.newSecret({}),
    absentSecret: async () => `law/${randomUUID()}`,
    illegalNames: ['', '/app', 'app/', 'a//b', 'a/../b', 'app/*', 'a/+/b', 'a\nb', 'x'.repeat(513)],
    illegalFields: [''],
    unknownVersion: '4711',
    rawRead: (secret) => server.readFields(secret),
    rawText: 'has-fields',
    versionCount: (secret) => server.countVersions(secret),
    foreignWrite: (secret, content) => server.mergeFields(secret, content),
    requestCount: async () => proxy.count(({ path }) => !path.startsWith('/v1/auth/')),
    landBeforeNextWrite: (secret, content) =>
      arm({ kind: 'meanwhile', run: () => server.mergeFields(secret, content) }, isVaultWrite, 1),
    hide: {
      deleted: (secret) => server.send('DELETE', `secret/data/${secret}`),
      destroyed: (secret) => server.send('POST', `secret/destroy/${secret}`, { versions: [1] }),
      removed: (secret) => server.send('DELETE', `secret/metadata/${secret}`),
    },
    denied: async () => ({
      store: makeTokenStore(proxy.url, await server.newToken('')),
      undo: async () => undefined,
    }),
    throttled: () => arm({ kind: 'answer', status: 429, headers: { 'retry-after': '2' } }),
    unavailable: () => arm({ kind: 'answer', status: 500 }),
    hang: () => arm({ kind: 'hang' }),
    lostAnswer: () => arm({ kind: 'cut-after' }, isVaultWrite, 1),
  }
}
