import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { options } from '../../../providers/stores/kubernetes-secret/options.ts'
import { clusterRules } from '../../../providers/stores/kubernetes-secret/permissions.ts'
import type { SecretStore } from '../../../src/contracts/secret-store.ts'
import { describeRoles } from '../../../src/permissions/roles.ts'
import {
  assertNothingLeaks,
  newCall,
  newValue,
  oneField,
  put,
  refused,
} from '../../laws/secret-store/helpers.ts'
import { KubernetesServer } from '../../shared/stand-ins/kubernetes/server.ts'
import { makeKubernetesStore } from '../../shared/stand-ins/kubernetes/store-fixture.ts'

const server = new KubernetesServer()
let store: SecretStore

beforeAll(async () => {
  await server.start()
  store = makeKubernetesStore({ kubeconfig: server.kubeconfig })
})
afterAll(() => server.stop())

const check = (secret: string) => store.check(oneField(secret), newCall())

function owner(apiVersion: string, kind: string, controller?: boolean): object {
  const reference = { apiVersion, kind, name: 'app', uid: '7b0c1b9e-0000-4000-8000-000000000000', controller }
  return { ownerReferences: [reference] }
}

async function newOwned(metadata: object): Promise<string> {
  const secret = await server.newSecret({ API_KEY: newValue() })
  await server.patchSecret(secret, { metadata })
  return secret
}

describe('a Secret that somebody else writes is refused, with what to target instead', () => {
  const cases: Readonly<Record<string, [object, RegExp]>> = {
    'an ExternalSecret owns it': [
      owner('external-secrets.io/v1', 'ExternalSecret', true),
      /store that the ExternalSecret reads/,
    ],
    'External Secrets labelled it': [
      { labels: { 'reconcile.external-secrets.io/managed': 'true' } },
      /store that the ExternalSecret reads/,
    ],
    'a SealedSecret owns it': [owner('bitnami.com/v1alpha1', 'SealedSecret', true), /SealedSecret in git/],
    'Sealed Secrets may patch it': [
      { annotations: { 'sealedsecrets.bitnami.com/patch': 'true' } },
      /SealedSecret in git/,
    ],
    'a VaultStaticSecret owns it': [
      owner('secrets.hashicorp.com/v1beta1', 'VaultStaticSecret'),
      /Vault path/,
    ],
    'the Vault operator labelled it': [
      { labels: { 'app.kubernetes.io/managed-by': 'hashicorp-vso' } },
      /Vault path/,
    ],
    'a controller nobody knows owns it': [owner('example.com/v1', 'Widget', true), /Widget app/],
    'cert-manager made it': [{ annotations: { 'cert-manager.io/certificate-name': 'app' } }, /Certificate/],
    'the CSI driver syncs it': [
      { labels: { 'secrets-store.csi.k8s.io/managed': 'true' } },
      /SecretProviderClass/,
    ],
    'Reflector copies it': [{ annotations: { 'reflector.v1.k8s.emberstack.com/reflects': 'a/b' } }, /copies/],
  }
  for (const [name, [metadata, target]] of Object.entries(cases)) {
    test(name, async () => {
      const error = await refused(check(await newOwned(metadata)), 'invalid')
      assert.match(error.nextStep, target)
    })
  }

  test('the field belongs to External Secrets, which merges into the Secret', async () => {
    const secret = await server.newSecret({ API_KEY: newValue(), OTHER: newValue() })
    await server.patchSecret(
      secret,
      { stringData: { API_KEY: newValue() } },
      'externalsecrets.external-secrets.io%2Fapp',
    )
    assert.match((await refused(check(secret), 'invalid')).nextStep, /ExternalSecret/)
    const other = { secret, fields: { value: 'OTHER' } }
    assert.deepEqual((await store.check(other, newCall())).notes, [])
  })

  for (const [manager, who] of [
    ['kustomize-controller', /Flux/],
    ['helm-controller', /Flux/],
    ['argocd-controller', /Argo CD/],
    ['argocd-application-controller', /Argo CD/],
  ] as const)
    test(`the field belongs to ${manager}, until we write it`, async () => {
      const secret = await server.newSecret({ API_KEY: newValue(), OTHER: newValue() })
      const address = oneField(secret)
      await server.patchSecret(secret, { stringData: { API_KEY: newValue(), OTHER: newValue() } }, manager)
      assert.match((await refused(check(secret), 'invalid')).message, who)
      const { version } = await store.read(address, 'current', newCall())
      await put(store, address, newValue(), version)
      await check(secret)
    })

  test('an owner that is not a controller owns it', async () => {
    const secret = await newOwned(owner('example.com/v1', 'Widget'))
    const error = await refused(check(secret), 'invalid')
    assert.match(error.message, /Widget app, which owns it/)
    assert.match(error.nextStep, /writers: \{ allow: \['Widget'\] \}/)
    const allowing = makeKubernetesStore({ kubeconfig: server.kubeconfig, writers: { allow: ['Widget'] } })
    assert.equal((await allowing.check(oneField(secret), newCall())).write, 'proved')
  })

  test('the Infisical operator annotated it, without owning it', async () => {
    const annotations = { 'secrets.infisical.com/version': '"1"' }
    assert.match((await refused(check(await newOwned({ annotations })), 'invalid')).nextStep, /Infisical/)
  })

  test('a field manager that nobody here knows has the field', async () => {
    const secret = await server.newSecret({ API_KEY: newValue(), OTHER: newValue() })
    await server.patchSecret(secret, { stringData: { API_KEY: newValue() } }, 'manager')
    assert.match((await refused(check(secret), 'invalid')).message, /field manager manager/)
  })
})

describe('a Secret that cannot be written is refused with the reason', () => {
  test('immutable', async () => {
    const secret = await server.newSecret({ API_KEY: newValue() }, { immutable: true })
    assert.match((await refused(check(secret), 'invalid')).message, /immutable/)
    await refused(put(store, oneField(secret), newValue(), 'absent'), 'invalid')
  })

  test('of a type with a meaning of its own', async () => {
    const types: Readonly<Record<string, Record<string, string>>> = {
      'kubernetes.io/tls': { 'tls.crt': 'x', 'tls.key': 'x' },
      'kubernetes.io/dockerconfigjson': { '.dockerconfigjson': '{}' },
      'kubernetes.io/dockercfg': { '.dockercfg': '{}' },
      'bootstrap.kubernetes.io/token': { 'token-id': 'abcdef' },
      'helm.sh/release.v1': { release: 'x' },
    }
    for (const [type, content] of Object.entries(types)) {
      const secret = await server.newSecret({ API_KEY: newValue(), ...content }, { type })
      assert.ok((await refused(check(secret), 'invalid')).message.includes(type))
    }
    const other = await server.newSecret({ API_KEY: newValue() }, { type: 'example.com/app' })
    assert.equal((await check(other)).write, 'proved')
  })

  test('with a field for the replaced value that is not ours', async () => {
    const secret = await server.newSecret({ API_KEY: newValue(), 'API_KEY.previous': newValue() })
    assert.match((await refused(check(secret), 'invalid')).nextStep, /API_KEY\.previous/)
    const { version } = await store.read(oneField(secret), 'current', newCall())
    await refused(put(store, oneField(secret), newValue(), version), 'invalid')
  })

  test('with a field that is not text', async () => {
    const secret = await server.newSecret({ API_KEY: newValue() })
    await server.patchSecret(secret, { data: { API_KEY: Buffer.from([0xff, 0xfe]).toString('base64') } })
    await refused(check(secret), 'invalid')
  })
})

describe('what a person should know is noted without a value', () => {
  test('the copy that kubectl apply keeps', async () => {
    const value = newValue()
    const applied = JSON.stringify({ kind: 'Secret', stringData: { API_KEY: value } })
    const metadata = { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': applied } }
    const secret = await newOwned(metadata)
    const { notes } = await check(secret)
    assert.equal(notes.length, 1)
    assert.match(notes[0] ?? '', /API_KEY.*which is a stale value/)
    assertNothingLeaks(notes)
    await server.patchSecret(secret, { stringData: { API_KEY: value } })
    assert.match((await check(secret)).notes[0] ?? '', /which will be a stale value/)
  })

  test('Helm and Argo CD', async () => {
    const annotations = {
      'meta.helm.sh/release-name': 'app',
      'argocd.argoproj.io/tracking-id': 'app:/Secret:x/y',
    }
    const { notes } = await check(await newOwned({ annotations }))
    assert.equal(notes.length, 2)
  })
})

describe('the printed policy', () => {
  const policyFor = (secret: string, role: 'keyrota' | 'reader') =>
    describeRoles(clusterRules({ options: options.parse({}), addresses: [oneField(secret)], role }), role)

  async function rotate(change: (policy: string) => string, role: 'keyrota' | 'reader' = 'keyrota') {
    const address = oneField(await server.newSecret({ API_KEY: newValue() }))
    const { token } = await server.newAccount(change(policyFor(address.secret, role)))
    const account = makeKubernetesStore({
      kubeconfig: await server.writeKubeconfig(server.address, token, true),
    })
    const { version } = await store.read(address, 'current', newCall())
    return {
      check: () => account.check(address, newCall()),
      read: () => account.read(address, 'current', newCall()),
      write: () => put(account, address, newValue(), version),
      retire: () => account.retire(address, version, newCall()),
      elsewhere: async () =>
        account.read(oneField(await server.newSecret({ API_KEY: newValue() })), 'current', newCall()),
    }
  }

  test('is enough for the whole of a rotation, and for no other Secret', async () => {
    const rotation = await rotate((policy) => policy)
    assert.equal((await rotation.check()).write, 'proved')
    await rotation.write()
    assert.equal(await rotation.retire(), 'gone')
    await rotation.read()
    await refused(rotation.elsewhere(), 'denied')
  })

  test('with any one verb taken away something fails and names it', async () => {
    const noPatch = await rotate((policy) => policy.replace('[get, patch]', '[get]'))
    assert.match((await refused(noPatch.check(), 'denied')).nextStep, /"patch"/)
    assert.match((await refused(noPatch.write(), 'denied')).nextStep, /"patch"/)
    await noPatch.read()
    const noGet = await rotate((policy) => policy.replace('[get, patch]', '[patch]'))
    assert.match((await refused(noGet.check(), 'denied')).nextStep, /"get"/)
    assert.match((await refused(noGet.write(), 'denied')).nextStep, /"get"/)
  })

  test('of a reader reads and does nothing else', async () => {
    const rotation = await rotate((policy) => policy, 'reader')
    await rotation.read()
    await refused(rotation.write(), 'denied')
  })
})
