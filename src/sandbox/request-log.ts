import type { MiddlewareHandler } from 'hono'
import type { SandboxEnv } from './http.ts'

const MAX_ROWS = 10_000

/** An HTTP status, or `cut` if the connection ended without a response. */
export type LoggedStatus = number | 'cut'

export interface RequestRow {
  /** Of the key in a call of the generation API, known or not; null for other routes. */
  fingerprint: string | null
  method: string
  /** Ids in it are replaced by `:id`. */
  path: string
  status: LoggedStatus
  count: number
}

/** Counts requests by key, method, path and status; `/admin` is not counted. */
export class RequestLog {
  #rows = new Map<string, RequestRow>()

  count(row: Omit<RequestRow, 'count'>): void {
    const at = [row.fingerprint, row.method, row.path, row.status].join(' ')
    const known = this.#rows.get(at)
    if (known) known.count += 1
    else if (this.#rows.size < MAX_ROWS) this.#rows.set(at, { ...row, count: 1 })
    else this.#countRest(row.status)
  }

  /** When the table is full, new combinations are counted by status only. */
  #countRest(status: LoggedStatus): void {
    const at = `rest ${status}`
    const known = this.#rows.get(at)
    if (known) known.count += 1
    else this.#rows.set(at, { fingerprint: null, method: '*', path: '*', status, count: 1 })
  }

  rows(): RequestRow[] {
    return [...this.#rows.values()].map((row) => ({ ...row }))
  }

  /** Calls of the generation API by fingerprint, then by status. */
  byFingerprint(): Map<string, Record<string, number>> {
    const counts = new Map<string, Record<string, number>>()
    for (const { fingerprint, status, count } of this.#rows.values()) {
      if (fingerprint === null) continue
      const statuses = counts.get(fingerprint) ?? {}
      statuses[status] = (statuses[status] ?? 0) + count
      counts.set(fingerprint, statuses)
    }
    return counts
  }

  total(): number {
    let total = 0
    for (const row of this.#rows.values()) total += row.count
    return total
  }

  clear(): void {
    this.#rows.clear()
  }
}

export function logRequests(log: RequestLog): MiddlewareHandler<SandboxEnv> {
  return async (c, next) => {
    await next()
    log.count({
      fingerprint: c.var.fingerprint ?? null,
      method: c.req.method,
      path: nameRoute(c.req.path),
      status: c.var.cut ? 'cut' : c.res.status,
    })
  }
}

function nameRoute(path: string): string {
  const route = path.replace(
    /^(\/v1\/keys|\/dashboard\/keys|\/dashboard\/created)\/(?!revoke$)[^/]+/,
    '$1/:id',
  )
  return route.slice(0, 200)
}
