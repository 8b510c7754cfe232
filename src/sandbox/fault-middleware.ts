import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { MiddlewareHandler, Next } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { RequestFault } from './fault-kinds.ts'
import { requestFaultKinds } from './fault-kinds.ts'
import type { FaultBook, Pauses } from './faults.ts'
import type { SandboxContext, SandboxEnv } from './http.ts'
import { refuse } from './http.ts'

const LONGEST_HANG_MS = 3_600_000

/** Applies the first due fault to a request; at most one fault per request. */
export function applyFaults(faults: FaultBook, pauses: Pauses): MiddlewareHandler<SandboxEnv> {
  return async (c, next) => {
    const { method, path } = c.req
    const fault = faults.take(requestFaultKinds, { method, path, key: c.var.fingerprint })
    if (fault === undefined) return next()
    const answer = await harm(fault, c, next, pauses)
    if (answer === undefined) return undefined
    replaceAnswer(c, answer)
    return undefined
  }
}

/** The response that replaces the route's own; undefined keeps that one. */
async function harm(
  fault: RequestFault,
  c: SandboxContext,
  next: Next,
  pauses: Pauses,
): Promise<Response | undefined> {
  switch (fault.kind) {
    case 'throttle':
      c.header('Retry-After', String(fault.retryAfterS ?? 1))
      return refuse(c, 429, 'rate_limited', 'Too many requests.')
    case 'error':
      if (fault.when === 'after-effect') await next()
      return refuse(c, (fault.status ?? 503) as ContentfulStatusCode, 'unavailable', 'Something went wrong.')
    case 'hang':
      if (fault.when === 'after-effect') await next()
      await pauses.wait(fault.ms ?? LONGEST_HANG_MS)
      return cut(c)
    case 'slow': {
      if (fault.when !== 'before-effect') await next()
      const waited = await pauses.wait(fault.ms)
      if (!waited) return cut(c)
      if (fault.when === 'before-effect') await next()
      return undefined
    }
    case 'drop':
      return cut(c)
    case 'lose-answer':
      await next()
      return cut(c)
    case 'late-landing': {
      const answer = cut(c)
      if (await pauses.wait(fault.ms)) await next()
      return answer
    }
    case 'truncate':
      await next()
      return truncate(c, fault.keepBytes, fault.wellFramed ?? false)
  }
}

function cut(c: SandboxContext): Response {
  c.set('cut', true)
  c.env.incoming.socket.destroy()
  return RESPONSE_ALREADY_SENT
}

async function truncate(
  c: SandboxContext,
  keepBytes: number | undefined,
  wellFramed: boolean,
): Promise<Response> {
  const whole = Buffer.from(await c.res.arrayBuffer())
  const part = whole.subarray(0, keepBytes ?? Math.floor(whole.length / 2))
  const { status } = c.res
  const headers = Object.fromEntries(c.res.headers)
  if (wellFramed) return new Response(part, { status, headers })
  const { outgoing } = c.env
  outgoing.writeHead(status, { ...headers, 'content-length': whole.length })
  await new Promise<void>((resolve) => outgoing.write(part, () => resolve()))
  outgoing.destroy()
  return RESPONSE_ALREADY_SENT
}

function replaceAnswer(c: SandboxContext, answer: Response): void {
  // Without this, Hono would merge the headers of the response that is discarded.
  c.res = undefined
  c.res = answer
}
