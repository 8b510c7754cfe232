import { Hono } from 'hono'
import { FaultError, faultKinds } from './fault-kinds.ts'
import type { FaultBook } from './faults.ts'
import type { SandboxContext, SandboxEnv } from './http.ts'
import { readJsonObject, refuse, requireToken } from './http.ts'
import type { KeyBook } from './keys.ts'
import type { RequestLog, RequestRow } from './request-log.ts'

export interface RequestReport {
  /** Requests of every route but /admin, answered or cut. */
  total: number
  /** Calls of the generation API by key; `id` and `name` when the sandbox made that key. */
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
 * What a test or a curious person steers the sandbox with:
 * `GET /admin/faults` (switched on, with how often each did harm, and all kinds), `POST /admin/faults` (one more),
 * `DELETE /admin/faults` and `/admin/faults/:id`, `GET /admin/keys` (all, never a value), `GET /admin/requests`,
 * `POST /admin/reset` (keys, faults, counts and waits: all gone). Without a token it is open to whoever reaches
 * the loopback interface with a program; pages of other sites are refused by the origin guard.
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

/** Who called what how often, and what came of it. */
export function reportRequests(log: RequestLog, keys: KeyBook): RequestReport {
  const known = new Map(keys.all().map((key) => [key.fingerprint, key]))
  const byKey = [...log.byFingerprint()].map(([fingerprint, statuses]) => {
    const key = known.get(fingerprint)
    return { fingerprint, ...(key && { id: key.id, name: key.name }), statuses }
  })
  return { total: log.total(), byKey, rows: log.rows() }
}
