import assert from 'node:assert/strict'
import { test } from 'vitest'
import { providers } from '../../providers/index.ts'
import { readSecret } from '../../providers/shared/options/secret-source.ts'
import { resolveConfigPath } from '../../src/config/check/resolve-paths.ts'
import { loadConfig } from '../../src/config/load.ts'

/* Whoever starts Keyrota where, a path in the config means one file. */

const text = `installation: k7f3
issuers:
  api:
    type: http
    base: https://api.example.com
    auth: { management: { bearer: { file: ./admin-token } } }
    create: { request: POST /keys, json: { name: "{{ name }}", file: a-body }, id: $.id, parts: { value: $.key } }
    list: { request: GET /keys, items: "$.keys[*]", id: $.id, name: $.name }
    revoke: { request: "DELETE /keys/{{ id }}" }
    probe: { request: GET /me, accepted: 200, rejected: 401 }
stores:
  cluster: { type: kubernetes-secret, kubeconfig: ../kube/config }
  vault-role: { type: vault, address: https://vault.example.com, auth: { appRole: { roleId: { env: ROLE }, secretId: { file: secret-id } } } }
  vault-pod: { type: vault, address: https://vault.example.com, auth: { kubernetes: { role: app } } }
  gcp: { type: gcp-secret-manager, project: example-1, accessToken: { file: /run/token } }
  azure: { type: azure-key-vault, vault: https://example.vault.azure.net, auth: { workloadIdentity: { tokenFile: federated } } }
consumers:
  app: { type: http, url: https://app.example.com/health, headers: { x-token: { file: sub/token } } }
keys:
  one: { environment: production, service: app, owner: team, issuer: api, targets: [{ store: cluster, secret: app, field: API_KEY }] }
`

test('every path in the options starts at the folder of the config, wherever Keyrota runs', async () => {
  const config = await loadConfig({
    path: '/etc/keyrota/keyrota.yaml',
    text,
    providers,
    env: { HOME: '/home/ada' },
  })
  const options = (one: { options: unknown } | undefined) => JSON.stringify(one?.options)
  assert.match(options(config.issuers.api), /"file":"\/etc\/keyrota\/admin-token"/)
  assert.match(options(config.issuers.api), /"file":"a-body"/, 'a text that is no path stays')
  assert.match(options(config.stores.cluster), /"kubeconfig":"\/etc\/kube\/config"/)
  assert.match(options(config.stores['vault-role']), /"env":"ROLE".*"file":"\/etc\/keyrota\/\.\/secret-id"/)
  assert.match(options(config.stores['vault-pod']), /"tokenFile":"\/var\/run\/secrets\/kubernetes\.io/)
  assert.match(options(config.stores.gcp), /"file":"\/run\/token"/)
  assert.match(options(config.stores.azure), /"tokenFile":"\/etc\/keyrota\/\.\/federated"/)
  assert.match(options(config.consumers.app), /"file":"\/etc\/keyrota\/\.\/sub\/token"/)
})

test('a secret that somebody wrote where the name of its file belongs is repeated by no error', async () => {
  const folder = '/etc/keyrota'
  for (const text of ['sk-live-0123456789abcdef', 'c2VjcmV0/c2VjcmV0', 'token.txt']) {
    const file = resolveConfigPath(folder, text)
    const refused = await readSecret({ file }, 'store').catch((error: unknown) => String(error))
    assert.match(String(refused), /cannot read the file that the config names/)
  }
  const refused = await readSecret({ file: resolveConfigPath(folder, '../token') }, 'store').catch(String)
  assert.match(String(refused), /cannot read file \/etc\/token/)
})
