import { requireEnv } from '../../require-env.ts'
import { readExample } from './example.ts'
import { callApi, idOfValue, type Product } from './product.ts'

const TOKEN_NAME = 'KEYROTA_TEST_UNLEASH_TOKEN'

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
      readExample('unleash', { 'https://unleash.example.com': base, UNLEASH_ADMIN_TOKEN: credential }),
    makeKey: async () => {
      const body = { tokenName: 'made by hand', type: 'client', environment: 'development', projects: ['*'] }
      return ((await callApi(tokens, admin, { method: 'POST', body })) as Token).secret
    },
    call: async (key) => {
      const response = await fetch(`${origin}/api/client/features`, { headers: { authorization: key } })
      await response.arrayBuffer()
      return response.status
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
