/* The law of issuers against every issuer, and against broken ones that it must catch. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { make as makeHttp } from '../../../providers/issuers/http/index.ts'
import { options as httpOptions } from '../../../providers/issuers/http/options.ts'
import {
  dropMemorySpace,
  type Fault as MemoryFault,
  type MemorySpace,
  make as makeMemory,
  memorySpace,
} from '../../../providers/issuers/memory/index.ts'
import { options as memoryOptions } from '../../../providers/issuers/memory/options.ts'
import { make as makePptVideo } from '../../../providers/issuers/ppt-video/index.ts'
import { options as pptVideoOptions } from '../../../providers/issuers/ppt-video/options.ts'
import type { ApiIssuer } from '../../../src/contracts/key-issuer.ts'
import { material } from '../../../src/contracts/secret-value.ts'
import { machine } from '../../../src/machine.ts'
import { type Sandbox, startSandbox } from '../../../src/sandbox/gateway.ts'
import {
  type IssuerFault,
  type IssuerFixture,
  keyIssuerLaw,
  type OperatorFixture,
  operatorIssuerLaw,
} from '../../laws/key-issuer.ts'

const context = { name: 'issuer', stateFolder: '/nowhere' }
const timed = { ...context, ...machine }

const memoryFaults: Record<IssuerFault, MemoryFault> = {
  denied: { kind: 'refuse', verb: 'any', code: 'denied' },
  throttled: { kind: 'refuse', verb: 'any', code: 'throttled', retryAfterMs: 1000 },
  unavailable: { kind: 'refuse', verb: 'any', code: 'unavailable' },
  hang: { kind: 'hang', verb: 'any' },
  'lost-answer': { kind: 'lose-answer', verb: 'any' },
  truncated: { kind: 'lose-answer', verb: 'any' },
}

function memoryFixture(space: MemorySpace, issuer: ApiIssuer): IssuerFixture {
  return {
    issuer,
    reportsRetryAfter: true,
    credentials: [],
    liveIds: async () => space.liveKeys().map((key) => key.id),
    requestCount: async () => Object.values(space.calls).reduce((sum, count) => sum + count, 0),
    settle: async () => {},
    fault: async (kind) => {
      const undo = space.inject(memoryFaults[kind])
      return { issuer, undo: async () => undo() }
    },
  }
}

describe.each(['find', 'repeat', 'infer'])('memory, lost answers settled by %s', (onLostAnswer) => {
  const name = `law-${onLostAnswer}`
  afterAll(() => dropMemorySpace(name))
  const given = { space: name, onLostAnswer, exclusive: true, tellsLastUsed: true, parts: ['id', 'secret'] }
  const issuer = makeMemory(memoryOptions.parse(given), timed)
  const space = memorySpace(name, machine)
  const fixture = memoryFixture(space, issuer)
  for (const rule of keyIssuerLaw) test(rule.name, () => rule.run(fixture))
})

describe('the law finds', () => {
  const broken: [string, MemoryFault, string][] = [
    ['a revoke that only claims to work', { kind: 'revoke-lies' }, 'revoke revokes that key and no other'],
    ['a probe that accepts anything', { kind: 'accept-anything' }, 'a garbage key is rejected'],
    ['a probe that rejects everything', { kind: 'reject-all' }, 'a probe changes nothing'],
    [
      'a key missing from the list',
      { kind: 'list-late', ms: 60_000 },
      'a new key works, is listed by its id and found by its mark',
    ],
    [
      'a key that works too late',
      { kind: 'activate-late', ms: 60_000 },
      'a new key works, is listed by its id and found by its mark',
    ],
  ]
  test.each(broken)('%s', async (what, fault, name) => {
    const space = memorySpace(what, machine)
    const issuer = makeMemory(memoryOptions.parse({ space: what }), timed)
    const fixture = memoryFixture(space, issuer)
    const rule = keyIssuerLaw.find((one) => one.name === name)
    await rule?.run(fixture)
    space.inject(fault)
    await expect(rule?.run(fixture)).rejects.toThrow()
    dropMemorySpace(what)
  })
})

let sandbox: Sandbox
beforeAll(async () => {
  process.env.KEYROTA_LAW_TOKEN = 'management-token-of-the-law-01'
  process.env.KEYROTA_LAW_WRONG_TOKEN = 'another-token-of-the-law-00001'
  sandbox = await startSandbox({ managementToken: process.env.KEYROTA_LAW_TOKEN })
})
afterAll(async () => {
  await sandbox.close()
  delete process.env.KEYROTA_LAW_TOKEN
  delete process.env.KEYROTA_LAW_WRONG_TOKEN
})

/** The key API of the sandbox, as a config describes it. */
function describeSandbox(more: object = {}, token = 'KEYROTA_LAW_TOKEN'): ApiIssuer {
  const given = {
    base: sandbox.url,
    auth: { management: { bearer: { env: token } } },
    create: {
      request: 'POST /v1/keys',
      json: { name: '{{ name }}', expires_at: '{{ expires_at | iso }}' },
      id: '$.id',
      parts: { value: '$.key' },
      expiresAt: '$.expires_at',
    },
    list: {
      request: 'GET /v1/keys?limit=20',
      items: '$.data[*]',
      id: '$.id',
      name: '$.name',
      createdAt: '$.created_at',
      lastUsed: '$.last_used_at',
      disabled: { path: '$.disabled' },
      paginate: { kind: 'cursor', param: 'cursor', from: '$.next_cursor' },
    },
    disable: { request: 'POST /v1/keys/{{ id }}/disable' },
    enable: { request: 'POST /v1/keys/{{ id }}/enable' },
    revoke: { request: 'DELETE /v1/keys/{{ id }}' },
    probe: {
      request: 'POST /api/v1/generation/google/veo-3.1',
      json: { prompt: [] },
      rules: [{ status: '2xx', verdict: 'accepted', mayHaveBilled: true }],
      accepted: 422,
      rejected: 401,
    },
    settle: '0s',
    requestLimit: '5s',
    ...more,
  }
  return makeHttp(httpOptions.parse(given), context) as ApiIssuer
}

const byValue = { revoke: { request: 'POST /v1/keys/revoke', json: { key: '{{ value }}' } } }
const byHeader = { idempotency: { header: 'Idempotency-Key' } }
const twoIdeas = {
  create: {
    request: 'POST /v1/keys',
    json: { name: '{{ name }}' },
    idFrom: 'list-match',
    parts: { value: '$.key' },
  },
}
const variants: [string, object][] = [
  ['found by name', {}],
  ['repeated by header', byHeader],
  ['id from the list', twoIdeas],
]

describe.each(variants)('http against the sandbox, %s', (_, more) => {
  beforeAll(() => sandbox.reset())
  for (const rule of keyIssuerLaw)
    test(rule.name, () => rule.run(sandboxFixture(describeSandbox(more), more)))
})

describe('http against the sandbox, revoked by value', () => {
  const rules = keyIssuerLaw.filter((rule) =>
    /revoke ends|by value|second revoke|does not say/.test(rule.name),
  )
  for (const rule of rules) test(rule.name, () => rule.run(sandboxFixture(describeSandbox(byValue), byValue)))
})

function sandboxFixture(issuer: ApiIssuer, more: object): IssuerFixture {
  return {
    issuer,
    reportsRetryAfter: true,
    credentials: ['management-token-of-the-law-01', 'another-token-of-the-law-00001'],
    liveIds: async () =>
      sandbox
        .listKeys()
        .filter((key) => key.state !== 'revoked')
        .map((key) => key.id),
    requestCount: async () => sandbox.requests().total,
    settle: async () => {},
    fault: async (kind) => {
      if (kind === 'denied')
        return { issuer: describeSandbox(more, 'KEYROTA_LAW_WRONG_TOKEN'), undo: async () => {} }
      sandbox.addFault(sandboxFaults[kind])
      return { issuer, undo: async () => sandbox.clearFaults() }
    },
  }
}

const sandboxFaults = {
  throttled: { kind: 'throttle', retryAfterS: 2 },
  unavailable: { kind: 'error', status: 503 },
  hang: { kind: 'hang' },
  'lost-answer': { kind: 'lose-answer' },
  truncated: { kind: 'truncate' },
} as const

describe('ppt-video against the sandbox', () => {
  const makeIssuer = () => {
    const paths = ['google/veo-3.1', 'kling/v2.1']
    return makePptVideo(pptVideoOptions.parse({ account: 'studio', base: sandbox.url, paths }), context)
  }
  const fixture = (): OperatorFixture => ({
    issuer: makeIssuer(),
    reportsRetryAfter: true,
    newKey: async () => {
      const { id, key } = sandbox.createKey({ name: 'by-hand', scope: 'all' })
      return { material: material({ value: key }), revoke: async () => void sandbox.revokeKey(id) }
    },
    settle: async () => {},
    workDone: async () =>
      sandbox.requests().byKey.reduce((sum, { statuses }) => sum + (statuses['200'] ?? 0), 0),
    requestCount: async () => sandbox.requests().total,
    fault: async (kind) => {
      sandbox.addFault(sandboxFaults[kind])
      return { issuer: makeIssuer(), undo: async () => sandbox.clearFaults() }
    },
  })
  for (const rule of operatorIssuerLaw) test(rule.name, () => rule.run(fixture()))
})
