import { randomBytes } from 'node:crypto'
import { requireEnv } from '../../require-env.ts'
import { readExample } from './example.ts'
import { callApi, type Product } from './product.ts'

const TOKEN_NAME = 'KEYROTA_TEST_APPROLE_TOKEN'

/** What Keyrota may do at the role, and nothing else. */
const policyOf = (role: string) => `
path "${role}/secret-id" { capabilities = ["update", "list"] }
path "${role}/secret-id/lookup" { capabilities = ["update"] }
path "${role}/secret-id-accessor/destroy" { capabilities = ["update"] }
`

/**
 * Secret ids of an AppRole of its own on a real OpenBao: keys of lifecycle `many`. Its list holds accessors alone, so a
 * lost response is recovered by what is new in it.
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
  return {
    name: 'approle',
    origin,
    credentials: { [TOKEN_NAME]: auth.client_token },
    describe: (base, credential = TOKEN_NAME) => ({
      ...readExample('approle', {
        'https://vault.example.com': base,
        '/auth/approle/': `/auth/${mount}/`,
        '6368218d-0e40-4868-7b65-0197f8503251': data.role_id,
        VAULT_TOKEN: credential,
      }),
      settle: '300ms',
    }),
    makeKey,
    call: (key) => logIn(`${origin}/v1/auth/${mount}/login`, { role_id: data.role_id, secret_id: key }),
    liveKeys: async () => {
      const listed = await fetch(`${origin}/v1/${role}/secret-id?list=true`, { headers: root })
      // An empty list is a 404.
      return listed.status === 404 ? [] : ((await listed.json()) as { data: { keys: string[] } }).data.keys
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
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  await response.arrayBuffer()
  return response.status
}
