import { make } from '../../../../providers/issuers/http/index.ts'
import { options } from '../../../../providers/issuers/http/options.ts'
import type { ApiIssuer } from '../../../../src/contracts/key-issuer.ts'
import type { IssuerFault, IssuerFixture } from '../../../laws/key-issuer.ts'
import {
  type FaultAction,
  type FaultProxy,
  type SeenRequest,
  startFaultProxy,
} from '../../network/fault-proxy.ts'
import type { Product } from './product.ts'

const WRONG_NAME = 'KEYROTA_TEST_WRONG_CREDENTIAL'
const WRONG = 'a-credential-that-nobody-has-000000001'

/** What these two hit is a change: what an adapter reads before it is left alone. */
const hitsChanges = new Set<IssuerFault>(['lost-answer', 'truncated'])

const faults: Readonly<Record<Exclude<IssuerFault, 'denied'>, FaultAction>> = {
  throttled: { kind: 'answer', status: 429, headers: { 'retry-after': '2' } },
  unavailable: { kind: 'answer', status: 503 },
  hang: { kind: 'hang' },
  'lost-answer': { kind: 'cut-after' },
  truncated: { kind: 'truncate' },
}

function describeIssuer(product: Product, proxy: FaultProxy, credential?: string): ApiIssuer {
  const { type: _type, ...described } = product.describe(proxy.url, credential) as { type?: string }
  return make(options.parse(described), { name: product.name, stateFolder: '/nowhere' }) as ApiIssuer
}

/** The issuer `http` as the product's description makes it, behind a fault proxy, to be held against the law. */
export async function makeLawFixture(product: Product): Promise<IssuerFixture> {
  process.env[WRONG_NAME] = WRONG
  const proxy = await startFaultProxy({ upstream: product.origin })
  const issuer = describeIssuer(product, proxy)
  return {
    issuer,
    reportsRetryAfter: true,
    credentials: [...Object.values(product.credentials), WRONG],
    liveIds: async () => (await product.liveKeys()).map(product.idOf),
    requestCount: async () => proxy.requests.length,
    settle: async () => {},
    fault: async (kind) => {
      if (kind === 'denied')
        return { issuer: describeIssuer(product, proxy, WRONG_NAME), undo: async () => {} }
      const when = ({ method }: SeenRequest) => !hitsChanges.has(kind) || method !== 'GET'
      proxy.arm({ when, action: faults[kind], times: Number.POSITIVE_INFINITY })
      return { issuer, undo: async () => proxy.clear() }
    },
    close: async () => {
      delete process.env[WRONG_NAME]
      await proxy.close()
      await product.close()
    },
  }
}
