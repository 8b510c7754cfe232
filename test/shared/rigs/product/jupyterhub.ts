import { requireEnv } from '../../require-env.ts'
import { readExample } from './example.ts'
import { callApi, type Product } from './product.ts'

const TOKEN_NAME = 'KEYROTA_TEST_JUPYTERHUB_TOKEN'

interface HubToken {
  id: string
  note: string
  token: string
}

export interface Hub extends Product {
  /** The hub's own list of the tokens made since this began. */
  liveTokens(): Promise<HubToken[]>
}

/** Tokens of a user of a real JupyterHub, by the description that the page of the issuer `http` gives. */
export async function makeHub(): Promise<Hub> {
  const { origin, pathname } = new URL(requireEnv('KEYROTA_TEST_JUPYTERHUB_URL'))
  const user = requireEnv('KEYROTA_TEST_JUPYTERHUB_USER')
  const manager = requireEnv(TOKEN_NAME)
  const tokens = `${origin}${pathname}/users/${user}/tokens`
  const headers = { authorization: `token ${manager}` }
  const list = async () => ((await callApi(tokens, headers)) as { api_tokens: HubToken[] }).api_tokens
  const before = new Set((await list()).map(({ id }) => id))
  const liveTokens = async () => (await list()).filter(({ id }) => !before.has(id))
  return {
    name: 'jupyterhub',
    origin,
    credentials: { [TOKEN_NAME]: manager },
    describe: (base, credential = TOKEN_NAME) => ({
      ...readExample('jupyterhub', {
        'https://hub.example.com/hub/api': `${base}${pathname}`,
        'user: renderer': `user: ${user}`,
        JUPYTERHUB_ADMIN_TOKEN: credential,
      }),
      settle: '300ms',
    }),
    makeKey: async () => {
      const made = await callApi(tokens, headers, { method: 'POST', body: { note: 'made by hand' } })
      return (made as HubToken).token
    },
    call: async (key) => {
      const response = await fetch(`${origin}${pathname}/user`, {
        headers: { authorization: `token ${key}` },
      })
      await response.arrayBuffer()
      return response.status
    },
    liveTokens,
    liveKeys: async () => (await liveTokens()).map(({ id }) => id),
    idOf: (id) => id,
    close: async () => {
      for (const { id } of await liveTokens()) await callApi(`${tokens}/${id}`, headers, { method: 'DELETE' })
    },
  }
}
