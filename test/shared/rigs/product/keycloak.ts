import { randomBytes } from 'node:crypto'
import { requireEnv } from '../../require-env.ts'
import { readExample } from './example.ts'
import { callApi, idOfValue, type Product } from './product.ts'

const SECRET_NAME = 'KEYROTA_TEST_KEYCLOAK_ADMIN_SECRET'

/** The secret of a client of its own in a real Keycloak: lifecycle `roll` with an overlap. */
export async function makeKeycloak(): Promise<Product> {
  const origin = requireEnv('KEYROTA_TEST_KEYCLOAK_URL')
  const admin = requireEnv('KEYROTA_TEST_KEYCLOAK_ADMIN')
  const secret = requireEnv(SECRET_NAME)
  const clientId = `worker-${randomBytes(4).toString('hex')}`
  const ask = async (path: string, init: Parameters<typeof callApi>[2] = {}) =>
    callApi(`${origin}${path}`, { authorization: `Bearer ${await logIn(origin, admin, secret)}` }, init)
  const clients = '/admin/realms/app/clients'
  const body = { clientId, serviceAccountsEnabled: true, publicClient: false, protocol: 'openid-connect' }
  await ask(clients, { method: 'POST', body })
  const [client] = (await ask(`${clients}?clientId=${clientId}`)) as { id: string }[]
  if (client === undefined) throw new Error('Keycloak did not make the client')
  const secretPath = `${clients}/${client.id}/client-secret`
  const readSecret = async (path: string) => ((await ask(path)) as { value: string }).value
  return {
    name: 'keycloak',
    origin,
    credentials: { [SECRET_NAME]: secret },
    describe: (base, credential = SECRET_NAME) => ({
      ...readExample('keycloak', {
        'https://sso.example.com': base,
        'f53a5fb9-ea68-4358-b540-fa7764cc41a1': client.id,
        'client_id: worker': `client_id: ${clientId}`,
        'clientId: keyrota': `clientId: ${admin}`,
        KEYCLOAK_ADMIN_SECRET: credential,
      }),
      settle: '300ms',
    }),
    makeKey: () => readSecret(secretPath),
    replaceKey: async () => void (await ask(secretPath, { method: 'POST' })),
    call: async (key) => {
      const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: key }
      const url = `${origin}/realms/app/protocol/openid-connect/token`
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
    close: async () => void (await ask(`${clients}/${client.id}`, { method: 'DELETE' })),
  }
}

async function logIn(origin: string, client: string, secret: string): Promise<string> {
  const form = { grant_type: 'client_credentials', client_id: client, client_secret: secret }
  const url = `${origin}/realms/master/protocol/openid-connect/token`
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form) })
  return ((await response.json()) as { access_token: string }).access_token
}
