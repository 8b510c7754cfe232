import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import type { RequestReport } from './admin.ts'
import { adminRoutes, reportRequests } from './admin.ts'
import type { Reveals } from './dashboard.ts'
import { dashboardRoutes } from './dashboard.ts'
import type { Fault } from './fault-kinds.ts'
import { applyFaults } from './fault-middleware.ts'
import type { FaultView } from './faults.ts'
import { FaultBook, Pauses } from './faults.ts'
import { generationRoutes } from './generation.ts'
import type { SandboxEnv } from './http.ts'
import { fingerprintText, guardOrigin, readBearer, readBody, refuse, setSecurityHeaders } from './http.ts'
import type { RememberedAnswers } from './key-api.ts'
import { keyApiRoutes } from './key-api.ts'
import { makeRandom } from './key-value.ts'
import type { CreatedKey, KeyView, NewKey } from './keys.ts'
import { KeyBook, MAX_KEYS } from './keys.ts'
import { logRequests, RequestLog } from './request-log.ts'

const HOST = '127.0.0.1'
const MAX_CONNECTIONS = 1000

export interface SandboxOptions {
  /** Default: a free one, as with 0. */
  port?: number
  /** Bearer token of the key API `/v1`. Default: a random one. */
  managementToken?: string
  /** Bearer token of `/admin`. Default: none, open on the loopback interface. */
  adminToken?: string
  /** Faults that are active from the start. */
  faults?: readonly Fault[]
  /** Keys that exist from the start; `faults` does not affect their creation. */
  keys?: readonly NewKey[]
  /** Whether to refuse (409 `name_taken`) the name of a live key. Default: no. */
  uniqueNames?: boolean
  /** Maximum number of live keys (409 `key_limit`). Default and maximum: 10,000. */
  maxLiveKeys?: number
  /** Milliseconds since 1970, for tests. The waits of faults still run in real time. */
  now?: () => number
}

export interface Sandbox {
  /** `http://127.0.0.1:<port>`: base of the generation API and of the key API. */
  readonly url: string
  readonly adminUrl: string
  readonly dashboardUrl: string
  readonly managementToken: string
  /** The keys of the options, with their values, in the same order. */
  readonly keys: readonly CreatedKey[]
  /** Creates a key as the dashboard does, with faults of keys. @throws KeyError */
  createKey(wanted: NewKey): CreatedKey
  /** Revokes as the dashboard does, with faults of keys. Returns false if no live key has this id. */
  revokeKey(id: string): boolean
  /** Every key, including revoked ones, without values: the truth, whatever faults hide. */
  listKeys(): KeyView[]
  /** Switches a fault on. @throws FaultError */
  addFault(fault: Fault): FaultView
  listFaults(): FaultView[]
  clearFaults(): void
  requests(): RequestReport
  /** Removes keys, faults, counts and waits. Delayed effects never happen. */
  reset(): void
  /** Cuts every connection and stops. Can be called again. */
  close(): Promise<void>
}

interface Parts {
  keys: KeyBook
  faults: FaultBook
  pauses: Pauses
  log: RequestLog
  reveals: Reveals
  answers: RememberedAnswers
  reset: () => void
}

/**
 * Starts a local gateway that behaves as ppt.video documents: a generation API and a dashboard for a person. It adds a
 * REST key API and an admin route that switches faults on. Listens on 127.0.0.1 only, keeps everything in memory, prints
 * nothing.
 * @throws FaultError or KeyError for invalid options, Error if the port is taken
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const parts = makeParts(options)
  const seeded = (options.keys ?? []).map((wanted) => parts.keys.create(wanted))
  for (const fault of options.faults ?? []) parts.faults.add(fault)
  const managementToken = options.managementToken ?? `sandbox_${makeRandom(32)}`
  const app = composeApp(parts, managementToken, options.adminToken)
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server
  server.maxConnections = MAX_CONNECTIONS
  const url = `http://${HOST}:${await listen(server, options.port ?? 0)}`
  return {
    url,
    adminUrl: `${url}/admin`,
    dashboardUrl: `${url}/dashboard`,
    managementToken,
    keys: seeded,
    createKey: (wanted) => parts.keys.create(wanted),
    revokeKey: (id) => parts.keys.revoke(id),
    listKeys: () => parts.keys.all(),
    addFault: (fault) => parts.faults.add(fault),
    listFaults: () => parts.faults.list(),
    clearFaults: () => void parts.faults.clear(),
    requests: () => reportRequests(parts.log, parts.keys),
    reset: parts.reset,
    close: () => stop(server, parts.pauses),
  }
}

function makeParts(options: SandboxOptions): Parts {
  const faults = new FaultBook()
  const pauses = new Pauses()
  const log = new RequestLog()
  const reveals: Reveals = new Map()
  const answers: RememberedAnswers = new Map()
  const keys = new KeyBook({
    faults,
    now: options.now ?? Date.now,
    uniqueNames: options.uniqueNames ?? false,
    maxLiveKeys: Math.min(options.maxLiveKeys ?? MAX_KEYS, MAX_KEYS),
  })
  const reset = (): void => {
    pauses.cancelAll()
    for (const part of [faults, keys, log, reveals, answers]) part.clear()
  }
  return { keys, faults, pauses, log, reveals, answers, reset }
}

function composeApp(parts: Parts, managementToken: string, adminToken: string | undefined): Hono<SandboxEnv> {
  const { keys, faults, pauses, log } = parts
  const app = new Hono<SandboxEnv>()
  app.use(setSecurityHeaders, guardOrigin, readBody)
  app.route('/', adminRoutes(parts, adminToken))
  app.use('/admin/*', (c) => Promise.resolve(refuse(c, 404, 'not_found', 'There is no such admin route.')))
  app.use('/api/*', async (c, next) => {
    const value = readBearer(c)
    if (value !== undefined) c.set('fingerprint', fingerprintText(value))
    await next()
  })
  app.use(logRequests(log), applyFaults(faults, pauses))
  app.route('/', generationRoutes(keys, faults))
  app.route('/', keyApiRoutes(keys, managementToken, parts.answers))
  app.route('/', dashboardRoutes(keys, faults, parts.reveals))
  app.notFound((c) => refuse(c, 404, 'not_found', 'There is nothing here.'))
  app.onError((_error, c) => refuse(c, 500, 'internal', 'The sandbox itself failed.'))
  return app
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'it is in use' : (cause.code ?? 'it was refused')
      reject(new Error(`the sandbox cannot listen on ${HOST} port ${port}: ${why}`, { cause }))
    })
    server.listen({ port, host: HOST }, () => resolve((server.address() as AddressInfo).port))
  })
}

function stop(server: Server, pauses: Pauses): Promise<void> {
  pauses.cancelAll()
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
