import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { parse } from 'yaml'
import { make } from '../../../providers/issuers/http/index.ts'
import { options } from '../../../providers/issuers/http/options.ts'
import type { ApiIssuer } from '../../../src/contracts/key-issuer.ts'
import { type IssuerFault, type IssuerFixture, keyIssuerLaw } from '../../laws/key-issuer.ts'
import { type FaultAction, type FaultProxy, startFaultProxy } from '../../shared/network/fault-proxy.ts'
import { requireEnv } from '../../shared/require-env.ts'

const { origin, pathname } = new URL(requireEnv('KEYROTA_TEST_JUPYTERHUB_URL'))
const user = requireEnv('KEYROTA_TEST_JUPYTERHUB_USER')
const token = requireEnv('KEYROTA_TEST_JUPYTERHUB_TOKEN')

/** The page's description of JupyterHub with this server's address, user and token in place of the example's. */
function describeHub(proxy: FaultProxy, tokenVariable: string): ApiIssuer {
  const page = readFileSync(new URL('../../../providers/issuers/http/README.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => parse(text).issuers)
  const { type: _type, ...described } = Object.assign({}, ...blocks).jupyterhub
  const credential = { env: tokenVariable }
  const auth = { ...described.auth, management: { scheme: { name: 'token', credential } } }
  const given = { ...described, base: `${proxy.url}${pathname}`, vars: { user }, auth, settle: '1s' }
  return make(options.parse(given), { name: 'hub', stateFolder: '/nowhere' }) as ApiIssuer
}

const faults: Record<Exclude<IssuerFault, 'denied'>, FaultAction> = {
  throttled: { kind: 'answer', status: 429, headers: { 'retry-after': '2' } },
  unavailable: { kind: 'answer', status: 503 },
  hang: { kind: 'hang' },
  'lost-answer': { kind: 'cut-after' },
  truncated: { kind: 'truncate' },
}

let proxy: FaultProxy
let fixture: IssuerFixture

/** The hub's own list of the user's tokens, past the adapter and the proxy. */
async function readTokenIds(): Promise<string[]> {
  const headers = { authorization: `token ${token}` }
  const answer = await fetch(`${origin}${pathname}/users/${user}/tokens`, { headers })
  const { api_tokens: tokens } = (await answer.json()) as { api_tokens: { id: string }[] }
  return tokens.map(({ id }) => id)
}

beforeAll(async () => {
  process.env.KEYROTA_TEST_JUPYTERHUB_WRONG = 'a-token-that-nobody-has-000000001'
  proxy = await startFaultProxy({ upstream: origin })
  const issuer = describeHub(proxy, 'KEYROTA_TEST_JUPYTERHUB_TOKEN')
  fixture = {
    issuer,
    reportsRetryAfter: true,
    credentials: [token, 'a-token-that-nobody-has-000000001'],
    liveIds: readTokenIds,
    requestCount: async () => proxy.requests.length,
    settle: async () => {},
    fault: async (kind) => {
      if (kind === 'denied') {
        return { issuer: describeHub(proxy, 'KEYROTA_TEST_JUPYTERHUB_WRONG'), undo: async () => {} }
      }
      proxy.arm({ action: faults[kind], times: Number.POSITIVE_INFINITY })
      return { issuer, undo: async () => proxy.clear() }
    },
  }
})
afterAll(async () => {
  delete process.env.KEYROTA_TEST_JUPYTERHUB_WRONG
  await proxy.close()
})

describe('the law of key issuers on a real JupyterHub, described in YAML alone', () => {
  for (const rule of keyIssuerLaw) test(rule.name, () => rule.run(fixture))
})
