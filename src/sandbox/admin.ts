import { Hono } from 'hono'
import { FaultError, faultKinds } from './fault-kinds.ts'
import type { FaultBook } from './faults.ts'
import type { SandboxContext, SandboxEnv } from './http.ts'
import { readJsonObject, refuse, requireToken } from './http.ts'
import type { KeyBook } from './keys.ts'
import type { RequestLog, RequestRow } from './request-log.ts'

export interface RequestReport {
  /** Requests of every route except /admin, completed or cut off. */
  total: number
  /** Calls of the generation API by key; `id` and `name` if the sandbox created that key. */
  byKey: { fingerprint: string; id?: string; name?: string; statuses: Record<string, number> }[]
  rows: RequestRow[]
}

export interface AdminParts {
  keys: KeyBook
  faults: FaultBook
  log: RequestLog
  reset: () => void
}

/**
 * The routes that control the sandbox, for tests and curious people:
 * `GET /admin/faults` (active ones, with their hits, and all kinds), `POST /admin/faults` (one more),
 * `DELETE /admin/faults` and `/admin/faults/:id`, `GET /admin/keys` (all, without values), `GET /admin/requests`,
 * `POST /admin/reset` (removes all keys, faults, counts and waits). Without a token they are open to every program that
 * reaches the loopback interface; the origin guard refuses pages of other sites.
 */
export function adminRoutes(parts: AdminParts, adminToken: string | undefined): Hono<SandboxEnv> {
  const { keys, faults, log, reset } = parts
  const app = new Hono<SandboxEnv>()
  if (adminToken !== undefined) app.use('/admin/*', requireToken(adminToken))
  app.get('/admin/faults', (c) => c.json({ faults: faults.list(), kinds: faultKinds }))
  app.post('/admin/faults', (c) => addFault(c, faults))
  app.delete('/admin/faults', (c) => c.json({ removed: faults.clear() }))
  app.delete('/admin/faults/:id', (c) =>
    faults.remove(c.req.param('id'))
      ? c.json({ removed: 1 })
      : refuse(c, 404, 'not_found', 'There is no fault with this id.'),
  )
  app.get('/admin/keys', (c) => c.json({ keys: keys.all() }))
  app.get('/admin/requests', (c) => c.json(reportRequests(log, keys)))
  app.post('/admin/reset', (c) => {
    reset()
    return c.json({ reset: true })
  })
  return app
}

function addFault(c: SandboxContext, faults: FaultBook): Response {
  const body = readJsonObject(c)
  if (body === undefined) return refuse(c, 400, 'invalid_fault', 'Expected a JSON object.')
  try {
    return c.json(faults.add(body), 201)
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    return c.json({ error: { code: 'invalid_fault', message: error.message, problems: error.problems } }, 400)
  }
}

/** The number of requests by caller, route and status. */
export function reportRequests(log: RequestLog, keys: KeyBook): RequestReport {
  const known = new Map(keys.all().map((key) => [key.fingerprint, key]))
  const byKey = [...log.byFingerprint()].map(([fingerprint, statuses]) => {
    const key = known.get(fingerprint)
    return { fingerprint, ...(key && { id: key.id, name: key.name }), statuses }
  })
  return { total: log.total(), byKey, rows: log.rows() }
}
