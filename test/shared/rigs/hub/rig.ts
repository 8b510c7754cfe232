import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { parse } from 'yaml'
import { make as makeConsumer } from '../../../../providers/consumers/http/index.ts'
import { options as consumerOptions } from '../../../../providers/consumers/http/options.ts'
import { make as makeIssuer } from '../../../../providers/issuers/http/index.ts'
import { options as issuerOptions } from '../../../../providers/issuers/http/options.ts'
import { make as makeJournal } from '../../../../providers/journals/sqlite/index.ts'
import { options as journalOptions } from '../../../../providers/journals/sqlite/options.ts'
import { make as makeStore } from '../../../../providers/stores/env-file/index.ts'
import { options as storeOptions } from '../../../../providers/stores/env-file/options.ts'
import type { KeyConfig } from '../../../../src/contracts/config.ts'
import type { TrailEntry } from '../../../../src/contracts/journal.ts'
import type { Policy } from '../../../../src/contracts/record.ts'
import { machine } from '../../../../src/machine.ts'
import type { Context } from '../../../../src/service/context.ts'
import { type FaultProxy, startFaultProxy } from '../../network/fault-proxy.ts'
import { requireEnv } from '../../require-env.ts'
import { type HubWorker, startHubWorker } from './worker.ts'

const { origin, pathname } = new URL(requireEnv('KEYROTA_TEST_JUPYTERHUB_URL'))
const user = requireEnv('KEYROTA_TEST_JUPYTERHUB_USER')

/** The whole description: what the config of an installation would say. A dead token gets 403 here, never 401. */
const description = `
issuers:
  hub:
    type: http
    base: PROXY${pathname}
    vars: { user: ${user} }
    auth:
      management: { scheme: { name: token, credential: { env: KEYROTA_TEST_JUPYTERHUB_TOKEN } } }
      probe: { scheme: { name: token, credential: "{{ value }}" } }
    settle: 300ms
    create:
      request: "POST /users/{{ vars.user }}/tokens"
      json: { note: "{{ name }}" }
      id: $.id
      parts: { value: $.token }
    list:
      request: "GET /users/{{ vars.user }}/tokens"
      items: $.api_tokens[*]
      id: $.id
      name: $.note
      createdAt: $.created
    revoke: { request: "DELETE /users/{{ vars.user }}/tokens/{{ id }}" }
    probe: { request: GET /user, accepted: 200, rejected: REJECTED }
    whoami: { request: GET /user, id: $.token_id }
stores:
  dotenv: { type: env-file }
consumers:
  worker:
    type: http
    url: WORKER/health
    fingerprint: { header: x-key-fingerprint }
    restart: { url: WORKER/restart, expect: [200] }
`

const policy: Policy = {
  everyMs: 90 * 86_400_000,
  overlapMs: 250,
  confirmations: 2,
  callLimitMs: 2_000,
  readyLimitMs: 10_000,
  giveUpMs: 60_000,
  askBeforeMs: 86_400_000,
  remindEveryMs: 86_400_000,
  operatorDeadlineMs: 86_400_000,
  afterCareMs: 86_400_000,
  retryMinMs: 50,
  retryMaxMs: 400,
  allowOutage: false,
}

export interface HubToken {
  readonly id: string
  readonly note: string
}

export interface HubRig {
  readonly context: Context
  /** Between Keyrota and the hub; the worker and the rig itself go past it. */
  readonly proxy: FaultProxy
  readonly worker: HubWorker
  /** The key of this rig; its name is unique. */
  readonly name: string
  /** What the env file holds of the key now. */
  readonly heldKey: () => string
  readonly fileText: () => string
  /** The hub's own list of tokens made since this rig began. */
  liveTokens(): Promise<HubToken[]>
  /** What the hub says to a token: the status, and the id when it knows it. */
  askHub(token: string): Promise<{ status: number; tokenId: string | undefined }>
  trail(): Promise<TrailEntry[]>
  close(): Promise<void>
}

async function callHub(path: string, token: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${origin}${pathname}${path}`, { ...init, headers: { authorization: `token ${token}` } })
}

async function listTokens(): Promise<HubToken[]> {
  const answer = await callHub(`/users/${user}/tokens`, requireEnv('KEYROTA_TEST_JUPYTERHUB_TOKEN'))
  return ((await answer.json()) as { api_tokens: HubToken[] }).api_tokens
}

/** A token made by hand in the hub's own way, as it was before Keyrota. */
async function makeFirstToken(): Promise<string> {
  const manager = requireEnv('KEYROTA_TEST_JUPYTERHUB_TOKEN')
  const body = JSON.stringify({ note: 'made by hand' })
  const answer = await callHub(`/users/${user}/tokens`, manager, { method: 'POST', body })
  return ((await answer.json()) as { token: string }).token
}

/**
 * One managed key at the hub, made by hand, in an env file that a worker reads, all behind a fault proxy.
 * @param rejected the status that the description takes for a refused token
 */
export async function makeHubRig(
  about: { rejected?: number; waitMs?: number; policy?: Partial<Policy> } = {},
): Promise<HubRig> {
  const folder = mkdtempSync(join(tmpdir(), 'keyrota-hub-'))
  const before = new Set((await listTokens()).map(({ id }) => id))
  const file = join(folder, 'worker.env')
  writeFileSync(file, `# of the worker\nREGION=north\nHUB_TOKEN=${await makeFirstToken()}\n`, { mode: 0o600 })
  const proxy = await startFaultProxy({ upstream: origin })
  const askHub = async (token: string) => {
    const answer = await callHub('/user', token)
    const { token_id: tokenId } = (await answer.json()) as { token_id?: string }
    return { status: answer.status, tokenId }
  }
  const work = async (token: string) => (await askHub(token)).status
  const worker = await startHubWorker({ file, field: 'HUB_TOKEN', work })
  const config = description
    .replaceAll('PROXY', proxy.url)
    .replaceAll('WORKER', worker.url)
    .replaceAll('REJECTED', String(about.rejected ?? 403))
  const name = `hub-${randomBytes(4).toString('hex')}`
  const context = makeContext(name, file, config, folder)
  context.waitMs = about.waitMs ?? 60_000
  context.keys = new Map([[name, { ...keyFor(name, file), policy: { ...policy, ...about.policy } }]])
  return {
    context,
    proxy,
    worker,
    name,
    heldKey: () => parseEnv(readFileSync(file, 'utf8')).HUB_TOKEN ?? '',
    fileText: () => readFileSync(file, 'utf8'),
    liveTokens: async () => (await listTokens()).filter(({ id }) => !before.has(id)),
    askHub,
    trail: () => context.journal.trail({ key: name, limit: 500 }),
    close: async () => {
      await worker.close()
      await proxy.close()
      await context.journal.close()
      rmSync(folder, { recursive: true })
    },
  }
}

function keyFor(name: string, file: string): KeyConfig {
  return {
    name,
    environment: 'test',
    service: 'worker',
    owner: 'team',
    issuer: 'hub',
    targets: [
      { id: `dotenv/${file}#HUB_TOKEN`, store: 'dotenv', secret: file, fields: { value: 'HUB_TOKEN' } },
    ],
    consumers: ['worker'],
    policy,
    leaseMs: 10_000,
    lookEveryMs: 0,
    observe: false,
    exclusive: false,
  }
}

function makeContext(name: string, file: string, config: string, stateFolder: string): Context {
  const { issuers, stores, consumers } = parse(config)
  const { type: _issuer, ...hub } = issuers.hub
  const { type: _store, ...dotenv } = stores.dotenv
  const { type: _consumer, ...service } = consumers.worker
  const issuer = makeIssuer(issuerOptions.parse(hub), { name: 'hub', stateFolder })
  const store = makeStore(storeOptions.parse(dotenv), { name: 'dotenv', stateFolder })
  const consumer = makeConsumer(consumerOptions.parse(service), { name: 'worker', stateFolder })
  return {
    installation: randomBytes(2).toString('hex'),
    keys: new Map([[name, keyFor(name, file)]]),
    limits: { atOnce: 4, perRun: 25, perDay: 100 },
    journal: makeJournal(journalOptions.parse({}), { name: 'journal', stateFolder, ...machine }),
    providers: {
      issuer: async () => issuer,
      store: async () => store,
      consumer: async () => consumer,
      tell: () => {},
    },
    holder: 'test',
    waitMs: 60_000,
    stop: new AbortController().signal,
    ...machine,
  }
}
