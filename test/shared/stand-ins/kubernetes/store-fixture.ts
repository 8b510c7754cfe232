import { randomUUID } from 'node:crypto'
import { make } from '../../../../providers/stores/kubernetes-secret/index.ts'
import { checkAddress, options } from '../../../../providers/stores/kubernetes-secret/options.ts'
import { MAX_DATA_BYTES } from '../../../../providers/stores/kubernetes-secret/write.ts'
import type { SecretStore } from '../../../../src/contracts/secret-store.ts'
import type { Fault, StoreFixture } from '../../../laws/secret-store.ts'
import { type FaultAction, type FaultProxy, onPath, type SeenRequest } from '../../network/fault-proxy.ts'
import type { KubernetesServer } from './server.ts'

const isSecretPatch = onPath('PATCH', /\/secrets\//)

/** A store as a config makes it, with options that are checked as a config's are. */
export function makeKubernetesStore(given: object): SecretStore {
  return make(options.parse(given), { name: 'cluster', stateFolder: '/nonexistent' })
}

/** The law's view of the Secrets of a namespace, reached through the proxy. */
export async function makeKubernetesFixture(
  server: KubernetesServer,
  proxy: FaultProxy,
): Promise<StoreFixture> {
  const kubeconfig = await server.writeKubeconfig(proxy.url)
  const store = makeKubernetesStore({ kubeconfig })
  const stranger = makeKubernetesStore({
    kubeconfig: await server.writeKubeconfig(proxy.url, (await server.newAccount('')).token),
  })
  const arm = async (action: FaultAction, when = (_: SeenRequest) => true, times?: number) => {
    proxy.arm({ action, when, times: times ?? Number.POSITIVE_INFINITY })
    return { store, undo: async () => proxy.clear() } satisfies Fault
  }
  const foreignWrite = async (secret: string, content: object | string) => {
    await server.patchSecret(secret, { stringData: content })
  }
  return {
    store,
    checkAddress,
    nature: {
      wholeSecret: false,
      distinguishesAbsent: false,
      sendsRetryAfter: true,
      retires: 'gone',
      // The replaced value of 16 bytes is kept beside the new one.
      maxValueBytes: MAX_DATA_BYTES - 16,
      calls: { readCurrent: 1, readVersion: 1, write: 2 },
    },
    anotherStore: async () => makeKubernetesStore({ kubeconfig }),
    newSecret: (content) => server.newSecret(content),
    newEmptySecret: () => server.newSecret({}),
    absentSecret: async () => `${server.namespace}/absent-${randomUUID()}`,
    illegalNames: ['', 'App', 'a/b/c', '/app', 'app/', '-app', 'a_b', 'a..b', `default/${'x'.repeat(254)}`],
    illegalFields: ['', 'a b', 'a/b', '..x', '.', 'API_KEY.previous', 'x'.repeat(245)],
    unknownVersion: '0123456789abcdef.never',
    rawRead: (secret) => server.readFields(secret),
    rawText: 'has-fields',
    versionCount: 'not-kept',
    snapshot: (secret) => server.getSecret(secret),
    foreignWrite,
    requestCount: async () => proxy.requests.length,
    landBeforeNextWrite: (secret, content) =>
      arm({ kind: 'meanwhile', run: () => foreignWrite(secret, content) }, isSecretPatch, 1),
    hide: {
      removed: (secret) => server.deleteSecret(secret),
      'being deleted': async (secret) => {
        await server.patchSecret(secret, { metadata: { finalizers: ['keyrota.test/hold'] } })
        await server.deleteSecret(secret)
      },
    },
    denied: async () => ({ store: stranger, undo: async () => undefined }),
    throttled: () => arm({ kind: 'answer', status: 429, headers: { 'retry-after': '2' } }),
    unavailable: () => arm({ kind: 'answer', status: 503 }),
    hang: () => arm({ kind: 'hang' }),
    lostAnswer: () => arm({ kind: 'cut-after' }, isSecretPatch, 1),
  }
}
