import { parse } from 'yaml'
import { requireEnv } from '../../require-env.ts'
import { callApi, idOfValue, type Product } from './product.ts'

const TOKEN_NAME = 'KEYROTA_TEST_UNLEASH_TOKEN'

/** The secret is what names a token: in the path of DELETE, and in the list, where every token shows its own. */
const description = `
type: http
base: BASE/api
auth:
  management: { headers: { Authorization: { env: CREDENTIAL } } }
  probe: { headers: { Authorization: "{{ value }}" } }
settle: 1s
settleAfterRevoke: 65s
create:
  request: POST /admin/api-tokens
  json: { tokenName: "{{ name }}", type: client, environment: development, projects: ["*"] }
  parts: { value: $.secret }
  createdAt: $.createdAt
list:
  request: GET /admin/api-tokens
  items: $.tokens[*]
  parts: { value: $.secret }
  name: $.tokenName
  createdAt: $.createdAt
  expiresAt: $.expiresAt
revoke: { request: "DELETE /admin/api-tokens/{{ value }}", secretInUrl: true }
probe: { request: GET /client/features, accepted: 200, rejected: 401 }
`

interface Token {
  secret: string
  tokenName: string
}

/** Client tokens of a real Unleash: the API names a token by its secret, and ends one with some delay. */
export async function makeUnleash(): Promise<Product> {
  const origin = requireEnv('KEYROTA_TEST_UNLEASH_URL')
  const admin = { authorization: requireEnv(TOKEN_NAME) }
  const tokens = `${origin}/api/admin/api-tokens`
  const list = async () => ((await callApi(tokens, admin)) as { tokens: Token[] }).tokens
  const before = new Set((await list()).map(({ secret }) => secret))
  return {
    name: 'unleash',
    origin,
    credentials: { [TOKEN_NAME]: admin.authorization },
    describe: (base, credential = TOKEN_NAME) =>
      parse(description.replace('BASE', base).replaceAll('CREDENTIAL', credential)),
    makeKey: async () => {
      const body = { tokenName: 'made by hand', type: 'client', environment: 'development', projects: ['*'] }
      return ((await callApi(tokens, admin, { method: 'POST', body })) as Token).secret
    },
    call: async (key) => {
      const answer = await fetch(`${origin}/api/client/features`, { headers: { authorization: key } })
      await answer.arrayBuffer()
      return answer.status
    },
    liveKeys: async () => (await list()).map(({ secret }) => secret).filter((secret) => !before.has(secret)),
    idOf: idOfValue,
    close: async () => {
      const left = (await list()).filter(({ secret }) => !before.has(secret))
      for (const { secret } of left)
        await callApi(`${tokens}/${encodeURIComponent(secret)}`, admin, { method: 'DELETE' })
    },
  }
}
