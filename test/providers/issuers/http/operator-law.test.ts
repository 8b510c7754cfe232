/* Issuer `http` for keys that a person creates and the API revokes by their value, held to the law of operators. */

import { afterAll, beforeAll, describe, test } from 'vitest'
import { make } from '../../../../providers/issuers/http/index.ts'
import { options } from '../../../../providers/issuers/http/options.ts'
import type { OperatorIssuer } from '../../../../src/contracts/key-issuer.ts'
import { material } from '../../../../src/contracts/secret-value.ts'
import { type OperatorFixture, operatorIssuerLaw } from '../../../laws/key-issuer.ts'
import { type FaultAction, type FaultProxy, startFaultProxy } from '../../../shared/network/fault-proxy.ts'
import { ADMIN_NAME, makeValue, probing, startService } from '../../../shared/stand-ins/lifecycles/service.ts'

const faults: Record<Parameters<OperatorFixture['fault']>[0], FaultAction> = {
  throttled: { kind: 'answer', status: 429, headers: { 'retry-after': '2' } },
  unavailable: { kind: 'answer', status: 503 },
  hang: { kind: 'hang' },
  truncated: { kind: 'truncate' },
}

const keys = new Set<string>()
let service: Awaited<ReturnType<typeof startService>>
let proxy: FaultProxy
let fixture: OperatorFixture

function makeIssuer(base: string): OperatorIssuer {
  const described = {
    base,
    auth: { management: { bearer: { env: ADMIN_NAME } } },
    lifecycle: 'operator',
    operator: {
      dashboard: 'https://dashboard.example.com/keys',
      create: { steps: ['Create the key {{ name }}'], confirm: ['It belongs to the account studio.'] },
    },
    revoke: { request: 'POST /revoke', json: { key: '{{ value }}' } },
    probe: probing,
    settle: '0s',
  }
  return make(options.parse(described), { name: 'dashboard', stateFolder: '/nowhere' }) as OperatorIssuer
}

beforeAll(async () => {
  service = await startService(
    (value) => keys.has(value),
    ({ line, body }) => ({
      status: line === 'POST /revoke' && keys.delete(String(body.key)) ? 200 : 404,
      json: {},
    }),
  )
  proxy = await startFaultProxy({ upstream: service.origin })
  const issuer = makeIssuer(proxy.url)
  fixture = {
    issuer,
    reportsRetryAfter: true,
    newKey: async () => {
      const value = makeValue()
      keys.add(value)
      return { material: material({ value }), revoke: async () => void keys.delete(value) }
    },
    settle: async () => {},
    workDone: async () => proxy.count(({ method }) => method !== 'GET'),
    requestCount: async () => proxy.requests.length,
    fault: async (kind) => {
      proxy.arm({ action: faults[kind], times: Number.POSITIVE_INFINITY })
      return { issuer, undo: async () => proxy.clear() }
    },
  }
})
afterAll(async () => {
  await proxy.close()
  await service.close()
})

describe('operator, with an API that revokes by value', () => {
  for (const rule of operatorIssuerLaw) test(rule.name, () => rule.run(fixture))
})
