import { randomUUID } from 'node:crypto'
import { make } from '../../../../providers/stores/azure-key-vault/index.ts'
import { checkAddress, options } from '../../../../providers/stores/azure-key-vault/options.ts'
import { MAX_VALUE_BYTES } from '../../../../providers/stores/azure-key-vault/write.ts'
import type { SecretStore } from '../../../../src/contracts/secret-store.ts'
import type { Content, Fault, StoreFixture } from '../../../laws/secret-store.ts'
import { type FaultAction, type FaultProxy, onPath, type SeenRequest } from '../../network/fault-proxy.ts'
import type { AzureVault } from './vault.ts'

export const isSet = onPath('PUT', /^\/secrets\//)

/** A store that signs in with this token, which it finds in a variable of its own. */
export function makeAzureStore(vault: string, token: string): SecretStore {
  const name = `TEST_AZURE_TOKEN_${randomUUID().replaceAll('-', '_')}`
  process.env[name] = token
  const given = options.parse({ vault, auth: { accessToken: { env: name } } })
  return make(given, { name: 'azure', stateFolder: '/nonexistent' })
}

/** The law's view of a vault, reached through the proxy. */
export function makeAzureFixture(vault: AzureVault, proxy: FaultProxy): StoreFixture {
  const newStore = () => makeAzureStore(proxy.url, vault.token)
  const store = newStore()
  const arm = async (action: FaultAction, when = (_: SeenRequest) => true, times?: number) => {
    proxy.arm({ action, when, times: times ?? Number.POSITIVE_INFINITY })
    return { store, undo: async () => proxy.clear() } satisfies Fault
  }
  const read = async (secret: string): Promise<Content> => {
    const { value } = await vault.getSecret(secret)
    return value.startsWith('{') && isJson(value) ? JSON.parse(value) : value
  }
  return {
    store,
    checkAddress,
    nature: {
      wholeSecret: true,
      distinguishesAbsent: false,
      sendsRetryAfter: true,
      retires: 'gone',
      maxValueBytes: MAX_VALUE_BYTES - '{"API_KEY":""}'.length,
      // A look before, the write, and a look after: that one is the read-back.
      calls: { readCurrent: 1, readVersion: 1, write: 3 },
    },
    anotherStore: async () => newStore(),
    newSecret: (content) => vault.newSecret(content),
    newEmptySecret: 'impossible',
    absentSecret: async () => `absent-${randomUUID()}`,
    illegalNames: ['', 'under_score', 'with/slash', 'ünïcödé', 'x'.repeat(128)],
    illegalFields: [''],
    unknownVersion: '0'.repeat(32),
    rawRead: read,
    rawText: async (secret) => (await vault.getSecret(secret)).value,
    versionCount: async (secret) =>
      (await vault.listVersions(secret)).filter(({ attributes }) => attributes.enabled).length,
    snapshot: (secret) => vault.listVersions(secret),
    foreignWrite: (secret, content) => vault.mergeFields(secret, content),
    requestCount: () => vault.countRequests(),
    landBeforeNextWrite: (secret, content) =>
      arm({ kind: 'meanwhile', run: () => vault.mergeFields(secret, content) }, isSet, 1),
    hide: {
      disabled: (secret) => vault.send('PATCH', `secrets/${secret}`, { attributes: { enabled: false } }),
      'soft-deleted': (secret) => vault.send('DELETE', `secrets/${secret}`),
      purged: async (secret) => {
        await vault.send('DELETE', `secrets/${secret}`)
        await vault.send('DELETE', `deletedsecrets/${secret}`)
      },
    },
    denied: async () => ({
      store: makeAzureStore(proxy.url, await vault.newToken([])),
      undo: async () => undefined,
    }),
    throttled: () => arm({ kind: 'answer', status: 429, headers: { 'retry-after': '2' } }),
    unavailable: () => arm({ kind: 'answer', status: 503 }),
    hang: () => arm({ kind: 'hang' }),
    lostAnswer: () => arm({ kind: 'cut-after' }, isSet, 1),
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
