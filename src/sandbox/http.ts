import { createHash, timingSafeEqual } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** Longest request body the gateway reads. */
const MAX_BODY_BYTES = 64 * 1024

export interface SandboxEnv {
  Bindings: HttpBindings
  Variables: {
    /** The whole request body, read before anything else looks at the request. */
    body: Buffer
    /** Fingerprint of the key in a call of the generation API; absent elsewhere. */
    fingerprint?: string
    /** The connection was cut instead of a response. */
    cut?: boolean
  }
}

export type SandboxContext = Context<SandboxEnv>

/** SHA-256 of the UTF-8 text as 64 hex digits; the first 16 are the fingerprint. */
export function hashText(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

export function fingerprintText(text: string): string {
  return hashText(text).slice(0, 16)
}

/** Returns an error in the form that all JSON routes of the gateway share. */
export function refuse(
  c: SandboxContext,
  status: ContentfulStatusCode,
  code: string,
  message: string,
): Response {
  return c.json({ error: { code, message } }, status)
}

/** The value after `Bearer` (the scheme in any case, RFC 9110 section 11.1); undefined without one. */
export function readBearer(c: SandboxContext): string | undefined {
  return /^bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1]
}

/** Refuses a request without this token. */
export function requireToken(token: string): MiddlewareHandler<SandboxEnv> {
  const wanted = Buffer.from(hashText(token), 'hex')
  return async (c, next) => {
    const shown = readBearer(c)
    if (shown === undefined || !timingSafeEqual(Buffer.from(hashText(shown), 'hex'), wanted)) {
      c.header('WWW-Authenticate', 'Bearer')
      return refuse(c, 401, 'unauthorized', 'This route needs its own token as "Authorization: Bearer".')
    }
    return next()
  }
}

/** The body as a JSON object; undefined if it is anything else. */
export function readJsonObject(c: SandboxContext): Record<string, unknown> | undefined {
  const value = readJson(c)
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

function readJson(c: SandboxContext): unknown {
  try {
    return JSON.parse(c.var.body.toString('utf8'))
  } catch {
    return undefined
  }
}

/** Reads the whole body from the socket; returns 413 if it is longer than the limit. */
export const readBody: MiddlewareHandler<SandboxEnv> = async (c, next) => {
  const body = await collectBody(c.env.incoming)
  if (body === 'too-long') {
    c.header('Connection', 'close')
    return refuse(c, 413, 'body_too_long', `A request body may have ${MAX_BODY_BYTES} bytes at most.`)
  }
  c.set('body', body)
  return next()
}

function collectBody(incoming: HttpBindings['incoming']): Promise<Buffer | 'too-long'> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
      else resolve('too-long')
    })
    incoming.once('end', () => resolve(Buffer.concat(chunks)))
    incoming.once('error', reject)
    incoming.once('close', () => reject(new Error('the client disconnected before its request was complete')))
  })
}

/** Under which names the sandbox may be called, and how. */
export interface Front {
  scheme: 'http' | 'https'
  /** Host names in lower case, without ports; an IPv6 address in brackets. */
  hosts: ReadonlySet<string>
}

/** The names that always mean this machine. */
export const loopbackHosts: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/**
 * Refuses what a foreign web page could make a browser send: another Host (DNS rebinding), another Origin, or a
 * change that the browser itself calls cross-site. Programs send none of these headers and pass.
 */
export function guardOrigin({ scheme, hosts }: Front): MiddlewareHandler<SandboxEnv> {
  return async (c, next) => {
    const host = c.req.header('host') ?? ''
    if (!hosts.has(host.replace(/:\d{1,5}$/, '').toLowerCase())) {
      return refuse(c, 421, 'foreign_host', `The sandbox responds to ${[...hosts].join(', ')} only.`)
    }
    const origin = c.req.header('origin')
    const site = c.req.header('sec-fetch-site') ?? 'none'
    const reads = c.req.method === 'GET' || c.req.method === 'HEAD'
    const foreignSite = !reads && site !== 'same-origin' && site !== 'none'
    if ((origin !== undefined && origin !== `${scheme}://${host}`) || foreignSite) {
      return refuse(c, 403, 'foreign_origin', 'The request comes from a page of another site.')
    }
    return next()
  }
}

/** Refuses clients of other machines: for pages that ask for no token. */
export const requireLoopback: MiddlewareHandler<SandboxEnv> = async (c, next) => {
  const address = c.env.incoming.socket.remoteAddress ?? ''
  if (/^(::ffff:)?127\.|^::1$/.test(address)) return next()
  return refuse(c, 403, 'other_machine', 'The dashboard is open to the machine that the sandbox runs on.')
}

/** No scripts, nothing from other origins, no frames, no caching. */
export const setSecurityHeaders: MiddlewareHandler<SandboxEnv> = async (c, next) => {
  c.header(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  )
  // With `no-referrer`, browsers would send "Origin: null" with our own forms, and the guard would refuse them.
  c.header('Referrer-Policy', 'same-origin')
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Cache-Control', 'no-store')
  return next()
}
