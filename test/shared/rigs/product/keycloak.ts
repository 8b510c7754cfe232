import { randomBytes } from 'node:crypto'
import { parse } from 'yaml'
import { requireEnv } from '../../require-env.ts'
import { callApi, idOfValue, type Product } from './product.ts'

const SECRET_NAME = 'KEYROTA_TEST_KEYCLOAK_ADMIN_SECRET'

/** The secret of a client, replaced in place: it has no id and no list; the one before it lives on for two days. */
const description = `
type: http
base: BASE
vars: { client: CLIENT, client_id: CLIENT_ID }
auth:
  management:
    oauth2ClientCredentials:
      tokenUrl: BASE/realms/master/protocol/openid-connect/token
      clientId: ADMIN
      clientSecret: { env: CREDENTIAL }
  probe: { none: true }
settle: 300ms
lifecycle: roll
oldKeyOnIssue: { diesAfter: 2d }
idempotency: none
create:
  request: "POST /admin/realms/app/clients/{{ vars.client }}/client-secret"
  parts: { value: $.value }
readBack:
  request: "GET /admin/realms/app/clients/{{ vars.client }}/client-secret"
  parts: { value: $.value }
endOverlap: { request: "DELETE /admin/realms/app/clients/{{ vars.client }}/client-secret/rotated" }
probe:
  request: POST /realms/app/protocol/openid-connect/token
  form: { grant_type: client_credentials, client_id: "{{ vars.client_id }}", client_secret: "{{ value }}" }
  accepted: 200
  rejected: 401
`

/** The secret of a client of its own in a real Keycloak: lifecycle `roll` with an overlap. */
export async function makeKeycloak(): Promise<Product & { readonly secretPath: string }> {
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
    secretPath,
    credentials: { [SECRET_NAME]: secret },
    describe: (base, credential = SECRET_NAME) =>
      parse(
        description
          .replaceAll('BASE', base)
          .replace('CLIENT_ID', clientId)
          .replace('CLIENT', client.id)
          .replace('ADMIN', admin)
          .replaceAll('CREDENTIAL', credential),
      ),
    makeKey: () => readSecret(secretPath),
    call: async (key) => {
      const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: key }
      const url = `${origin}/realms/app/protocol/openid-connect/token`
      const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(form) })
      await answer.arrayBuffer()
      return answer.status
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
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(form) })
  return ((await answer.json()) as { access_token: string }).access_token
}
