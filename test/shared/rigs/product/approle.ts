import { randomBytes } from 'node:crypto'
import { parse } from 'yaml'
import { requireEnv } from '../../require-env.ts'
import { callApi, type Product } from './product.ts'

const TOKEN_NAME = 'KEYROTA_TEST_APPROLE_TOKEN'

/** What Keyrota may do at the role, and nothing else. */
const policyOf = (role: string) => `
path "${role}/secret-id" { capabilities = ["update", "list"] }
path "${role}/secret-id/lookup" { capabilities = ["update"] }
path "${role}/secret-id-accessor/destroy" { capabilities = ["update"] }
`

/** A destroyed accessor is answered 500 with its name in the text; a dead secret id gets 400 at the login. */
const description = `
type: http
base: BASE/v1
vars: { mount: MOUNT, role_id: ROLE_ID, token: { env: CREDENTIAL } }
auth:
  management: { headers: { X-Vault-Token: { env: CREDENTIAL } } }
  probe: { none: true }
settle: 300ms
idempotency: none
exclusive: true
create:
  request: "POST /auth/{{ vars.mount }}/role/worker/secret-id"
  json: { metadata: '{"name":"{{ name }}"}' }
  id: $.data.secret_id_accessor
  parts: { value: $.data.secret_id }
list:
  request: "GET /auth/{{ vars.mount }}/role/worker/secret-id?list=true"
  items: $.data.keys[*]
  id: $
  empty: { status: 404 }
revoke:
  request: "POST /auth/{{ vars.mount }}/role/worker/secret-id-accessor/destroy"
  json: { secret_id_accessor: "{{ id }}" }
  errors:
    - { status: 500, path: "$.errors[0]", contains: failed to find accessor entry, code: not_found }
probe:
  request: "POST /auth/{{ vars.mount }}/login"
  json: { role_id: "{{ vars.role_id }}", secret_id: "{{ value }}" }
  accepted: 200
  rules:
    - { status: 400, path: "$.errors[0]", contains: invalid role or secret ID, verdict: rejected }
whoami:
  request: "POST /auth/{{ vars.mount }}/role/worker/secret-id/lookup"
  headers: { X-Vault-Token: "{{ vars.token }}" }
  json: { secret_id: "{{ value }}" }
  id: $.data.secret_id_accessor
`

/**
 * Secret ids of an AppRole of its own on a real OpenBao: keys of lifecycle `many`. Its list holds accessors alone, so a
 * lost answer is settled by what is new in it. A secret id that nobody uses stays in the role, since an empty list is
 * answered 404.
 */
export async function makeAppRole(): Promise<Product> {
  const origin = requireEnv('KEYROTA_TEST_VAULT_ADDR')
  const root = { 'x-vault-token': requireEnv('KEYROTA_TEST_VAULT_TOKEN') }
  const mount = `approle-${randomBytes(4).toString('hex')}`
  const role = `auth/${mount}/role/worker`
  const post = (path: string, body: unknown) =>
    callApi(`${origin}/v1/${path}`, root, { method: 'POST', body })
  await post(`sys/auth/${mount}`, { type: 'approle' })
  await post(role, { token_type: 'batch', token_ttl: '30s' })
  const { data } = (await callApi(`${origin}/v1/${role}/role-id`, root)) as { data: { role_id: string } }
  await post(`sys/policies/acl/${mount}`, { policy: policyOf(role) })
  const token = { policies: [mount], ttl: '1h' }
  const { auth } = (await post('auth/token/create', token)) as { auth: { client_token: string } }
  process.env[TOKEN_NAME] = auth.client_token
  const makeKey = async () => {
    const made = await post(`${role}/secret-id`, { metadata: '{"name":"made by hand"}' })
    return (made as { data: { secret_id: string } }).data.secret_id
  }
  await makeKey()
  return {
    name: 'approle',
    origin,
    credentials: { [TOKEN_NAME]: auth.client_token },
    describe: (base, credential = TOKEN_NAME) =>
      parse(
        description
          .replace('BASE', base)
          .replace('MOUNT', mount)
          .replace('ROLE_ID', data.role_id)
          .replaceAll('CREDENTIAL', credential),
      ),
    makeKey,
    call: (key) => logIn(`${origin}/v1/auth/${mount}/login`, { role_id: data.role_id, secret_id: key }),
    liveKeys: async () => {
      const listed = await callApi(`${origin}/v1/${role}/secret-id?list=true`, root)
      return (listed as { data: { keys: string[] } }).data.keys
    },
    idOf: (accessor) => accessor,
    close: async () => {
      delete process.env[TOKEN_NAME]
      await callApi(`${origin}/v1/sys/auth/${mount}`, root, { method: 'DELETE' })
      await callApi(`${origin}/v1/sys/policies/acl/${mount}`, root, { method: 'DELETE' })
    },
  }
}

async function logIn(url: string, body: object): Promise<number> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  await answer.arrayBuffer()
  return answer.status
}
