import { randomBytes } from 'node:crypto'
import { requireEnv } from '../../require-env.ts'
import { readExample } from './example.ts'
import { callApi, idOfValue, type Product } from './product.ts'

const SECRET_NAME = 'KEYROTA_TEST_KEYCLOAK_ADMIN_SECRET'

/** The secret of a client of its own in a real Keycloak: lifecycle `roll` with an overlap of two days. */
export function makeKeycloak(): Promise<Product> {
  return makeClient('app')
}

/** The same in a realm without a policy for secret rotation: a secret dies when it is replaced. */
export async function makePlainKeycloak(): Promise<Product> {
  const realm = `plain-${randomBytes(4).toString('hex')}`
  await askAdmin('/admin/realms', { method: 'POST', body: { realm, enabled: true } })
  const product = await makeClient(realm)
  return {
    ...product,
    describe: (base, credential) => {
      const { endOverlap: _endOverlap, ...described } = product.describe(base, credential) as Described
      return { ...described, oldKeyOnIssue: 'dies' }
    },
    close: async () => void (await askAdmin(`/admin/realms/${realm}`, { method: 'DELETE' })),
  }
}

type Described = { readonly endOverlap: object }

async function makeClient(realm: string): Promise<Product> {
  const origin = requireEnv('KEYROTA_TEST_KEYCLOAK_URL')
  const admin = requireEnv('KEYROTA_TEST_KEYCLOAK_ADMIN')
  const secret = requireEnv(SECRET_NAME)
  const clientId = `worker-${randomBytes(4).toString('hex')}`
  const clients = `/admin/realms/${realm}/clients`
  const body = { clientId, serviceAccountsEnabled: true, publicClient: false, protocol: 'openid-connect' }
  await askAdmin(clients, { method: 'POST', body })
  const [client] = (await askAdmin(`${clients}?clientId=${clientId}`)) as { id: string }[]
  if (client === undefined) throw new Error('Keycloak did not make the client')
  const secretPath = `${clients}/${client.id}/client-secret`
  const readSecret = async (path: string) => ((await askAdmin(path)) as { value: string }).value
  return {
    name: 'keycloak',
    origin,
    credentials: { [SECRET_NAME]: secret },
    describe: (base, credential = SECRET_NAME) => ({
      ...readExample('keycloak', {
        'https://sso.example.com': base,
        'realm: app': `realm: ${realm}`,
        'f53a5fb9-ea68-4358-b540-fa7764cc41a1': client.id,
        'client_id: worker': `client_id: ${clientId}`,
        'clientId: keyrota': `clientId: ${admin}`,
        KEYCLOAK_ADMIN_SECRET: credential,
      }),
      settle: '300ms',
    }),
    makeKey: () => readSecret(secretPath),
    replaceKey: async () => void (await askAdmin(secretPath, { method: 'POST' })),
    call: async (key) => {
      const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: key }
      const url = `${origin}/realms/${realm}/protocol/openid-connect/token`
      const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form) })
      await response.arrayBuffer()
      return response.status
    },
    liveKeys: async () => {
      const rotated = await readSecret(`${secretPath}/rotated`).catch(() => undefined)
      const current = await readSecret(secretPath)
      return rotated === undefined ? [current] : [rotated, current]
    },
    idOf: idOfValue,
    close: async () => void (await askAdmin(`${clients}/${client.id}`, { method: 'DELETE' })),
  }
}

/** A call of the admin, past the adapter and the proxy. */
async function askAdmin(path: string, init: Parameters<typeof callApi>[2] = {}): Promise<unknown> {
  const origin = requireEnv('KEYROTA_TEST_KEYCLOAK_URL')
  const form = {
    grant_type: 'client_credentials',
    client_id: requireEnv('KEYROTA_TEST_KEYCLOAK_ADMIN'),
    client_secret: requireEnv(SECRET_NAME),
  }
  const url = `${origin}/realms/master/protocol/openid-connect/token`
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form) })
  const { access_token: token } = (await response.json()) as { access_token: string }
  return callApi(`${origin}${path}`, { authorization: `Bearer ${token}` }, init)
}
