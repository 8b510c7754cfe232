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
import {
  type Front,
  fingerprintText,
  guardOrigin,
  readBearer,
  readBody,
  refuse,
  requireLoopback,
  setSecurityHeaders,
} from './http.ts'
import type { RememberedAnswers } from './key-api.ts'
import { keyApiRoutes } from './key-api.ts'
import { makeRandom } from './key-value.ts'
import type { CreatedKey, KeyView, NewKey } from './keys.ts'
import { KeyBook, MAX_KEYS } from './keys.ts'
import { closeListener, type Listening, openListener, planFront } from './listener.ts'
import { logRequests, RequestLog } from './request-log.ts'

export interface SandboxOptions extends Listening {
  /** Bearer token of the key API `/v1`. Default: a random one. */
  managementToken?: string
  /** Bearer token of `/admin`. Default: none on the loopback interface, elsewhere the one of the key API. */
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
  /** `http://127.0.0.1:<port>`, `https` with TLS, on other interfaces the first name: base of the generation API and of the key API. */
  readonly url: string
  /** With TLS: the certificate of the authority that a client has to trust, as PEM. */
  readonly ca?: string
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
 * REST key API and an admin route that switches faults on. Listens on 127.0.0.1 unless told otherwise, keeps everything
 * in memory, prints nothing.
 * @throws FaultError or KeyError for invalid options, ListenError if it cannot listen so
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const parts = makeParts(options)
  const seeded = (options.keys ?? []).map((wanted) => parts.keys.create(wanted))
  for (const fault of options.faults ?? []) parts.faults.add(fault)
  const managementToken = options.managementToken ?? `sandbox_${makeRandom(32)}`
  const front = planFront(options)
  const adminToken = options.adminToken ?? (front.isOpen ? managementToken : undefined)
  const { server, url, ca } = await openListener(
    composeApp(parts, { managementToken, adminToken, front }),
    options,
    front,
  )
  return {
    url,
    ...(ca === undefined ? {} : { ca }),
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
    async close() {
      parts.pauses.cancelAll()
      await closeListener(server)
    },
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

interface Doors {
  managementToken: string
  adminToken: string | undefined
  front: Front
}

function composeApp(parts: Parts, { managementToken, adminToken, front }: Doors): Hono<SandboxEnv> {
  const { keys, faults, pauses, log } = parts
  const app = new Hono<SandboxEnv>()
  app.use(setSecurityHeaders, guardOrigin(front), readBody)
  app.use('/dashboard/*', requireLoopback)
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
