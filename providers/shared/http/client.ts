import http from 'node:http'
import https from 'node:https'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { Call } from '../../../src/contracts/call.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { gatherBody, joinHeaders, sendBody } from './body.ts'
import { type HttpSubject, toRefusedError, toTransportError } from './errors.ts'
import { parseExactJson } from './exact-json.ts'
import { isLoopback } from './loopback.ts'
import type { EnvProxy } from './proxy.ts'

/*
 * node:http and not the built-in fetch: fetch more than doubles the start-up time of a short command, does not show
 * whether a failed request had left the machine, and follows redirects by default. Every request has a
 * connection of its own: a request on a reused connection that the server is just closing fails in a way that looks
 * like a lost answer, and rotations are too rare for the handshake to matter.
 */

const defaultLimitMs = 30_000
const defaultMaxBytes = 1024 * 1024

export interface HttpSettings {
  /** Configured name of the provider, for its errors. */
  provider: string
  /** The only hosts that may be asked, as in a URL, with the port where it is not the scheme's own. */
  hosts: readonly string[]
  /** Time for one request and its complete response; 30 s by default. */
  limitMs?: number
  /** Size of an answer's body; 1 MiB by default. */
  maxBytes?: number
  /**
   * For a private authority or a client certificate. One that does not verify the server is refused. Without it the
   * environment's proxy is used.
   */
  agent?: http.Agent
  /** Authorities to trust instead of the public ones, as PEM; also for a server that is reached through a proxy. */
  ca?: string
}

export interface HttpRequest {
  method: string
  /** Without user information. */
  url: string
  /** Present if the URL holds a secret: the same without it, for errors. */
  shownUrl?: string
  headers?: Readonly<Record<string, string | SecretValue>>
  body?: string | SecretValue
  /** Whether it may change something at the other side; by default every method but GET and HEAD. */
  mutates?: boolean
}

export interface HttpAnswer {
  status: number
  /** Names in lower case; values of a repeated header joined by a comma. */
  headers: Readonly<Record<string, string>>
  /** Wrapped because the answer to a creation holds the key. */
  body: SecretValue
  /** What was asked, for errors about this answer. */
  subject: HttpSubject
}

/**
 * Sends one request and yields the answer with whatever status it has; redirects are not followed.
 * @throws ProviderError `invalid`, effect none: the request is not allowed (host, scheme) or cannot be encoded.
 * @throws ProviderError `unavailable`: no complete response; effect none if no byte of the request left the machine.
 * @throws LeaseOverError from `call.beforeSend`: nothing was sent.
 */
export async function sendRequest(
  settings: HttpSettings,
  request: HttpRequest,
  call: Call,
): Promise<HttpAnswer> {
  const mutates = request.mutates ?? !['GET', 'HEAD'].includes(request.method)
  const [url, shown] = [URL.parse(request.url), URL.parse(request.shownUrl ?? request.url)]
  const about = `${request.method} ${shown === null ? '(invalid URL)' : `${shown.host}${shown.pathname}`}`
  const subject = { provider: settings.provider, about, mutates }
  checkAddress(settings, request, url, subject)
  const proxy = settings.agent === undefined ? await findProxy(url as URL, subject) : undefined
  if (call.signal.aborted)
    throw toTransportError(subject, { happened: 'stopped before it was sent', sent: false })
  call.beforeSend()
  return await exchange(settings, request, { url: url as URL, proxy }, subject, call.signal)
}

/**
 * Parses the JSON body of an answer; a number that a double would change stays its text.
 * @throws ProviderError `unavailable` if it is not JSON, which after a mutating request leaves its effect unknown. The
 * parser's own message is dropped because it quotes the body.
 */
export function readJson(answer: HttpAnswer): unknown {
  try {
    return parseExactJson(answer.body.expose())
  } catch {
    throw toTransportError(answer.subject, { happened: 'the response is not complete JSON', sent: true })
  }
}

function checkAddress(
  settings: HttpSettings,
  request: HttpRequest,
  url: URL | null,
  subject: HttpSubject,
): void {
  const nextStep = 'Correct the address in the config.'
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw toRefusedError(subject, 'the address is not an http(s) URL', nextStep)
  }
  if (url.username !== '' || url.password !== '') {
    throw toRefusedError(subject, 'the address holds user information', nextStep)
  }
  // An agent's options win over those of the request.
  if (agentOptions(settings.agent).rejectUnauthorized === false && url.protocol === 'https:') {
    throw toRefusedError(subject, 'the connection would not verify the server', nextStep)
  }
  if (!settings.hosts.includes(url.host)) {
    throw toRefusedError(subject, `host ${url.host} is not among the allowed hosts`, nextStep)
  }
  const holdsSecret = [request.body, ...Object.values(request.headers ?? {})].some(
    (part) => part instanceof SecretValue,
  )
  if (
    (holdsSecret || request.shownUrl !== undefined) &&
    url.protocol === 'http:' &&
    !isLoopback(url.hostname)
  ) {
    throw toRefusedError(subject, 'a secret is not sent without TLS', 'Use https in the config.')
  }
}

function agentOptions(agent: http.Agent | undefined): TlsOptions {
  return (agent as { options?: TlsOptions } | undefined)?.options ?? {}
}

/** What goes through proxies is loaded only where the environment names one; nothing on this machine is behind one. */
async function findProxy(url: URL, subject: HttpSubject): Promise<EnvProxy | undefined> {
  const names = ['https_proxy', 'http_proxy', 'all_proxy']
  if (isLoopback(url.hostname) || !names.some((name) => process.env[name] || process.env[name.toUpperCase()]))
    return undefined
  const { chooseProxy } = await import('./proxy.ts')
  return chooseProxy(url, subject)
}

/** Makes the request and gathers its answer; settles exactly once, at the latest with the limit or the abort. */
function exchange(
  settings: HttpSettings,
  request: HttpRequest,
  { url, proxy }: Pick<Route, 'url' | 'proxy'>,
  subject: HttpSubject,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let sent = false
    const ended = new AbortController()
    const limitMs = settings.limitMs ?? defaultLimitMs
    const finish = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
    const fail = (happened: string, cause?: unknown) => {
      finish()
      reject(toTransportError(subject, { happened, sent, errorCode: readCode(cause) }))
      outgoing?.destroy()
      ended.abort()
    }
    const stop = () => fail('stopped before the answer came')
    const timer = setTimeout(() => fail(`timed out after ${limitMs} ms`), limitMs)
    const outgoing = openRequest(
      request,
      { url, proxy, agent: settings.agent, ca: settings.ca, ended: ended.signal },
      subject,
      (error) => {
        finish()
        reject(error)
      },
    )
    if (outgoing === undefined) return
    signal.addEventListener('abort', stop, { once: true })
    outgoing.on('error', (error) => {
      if (sent) fail('the connection failed', error)
      else if (proxy === undefined) fail('no connection', error)
      else fail(describeTunnelError(proxy, error))
    })
    outgoing.on('socket', (socket) => {
      // An agent of the settings may go through a proxy and hand over a connection that is open already.
      if (!socket.connecting && proxy === undefined) sent = true
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        sent = true
      })
    })
    outgoing.on('response', (incoming) => {
      if (incoming.statusCode === 407 && proxy !== undefined && url.protocol === 'http:')
        return fail(`the proxy ${proxy.host} wants other credentials`)
      gatherBody(incoming, settings.maxBytes ?? defaultMaxBytes, fail, (body) => {
        finish()
        resolve({ status: incoming.statusCode ?? 0, headers: joinHeaders(incoming.headers), body, subject })
      })
    })
    sendBody(outgoing, exposed(request.body))
  })
}

/** The code in the middle: at the end it would be that of the server itself, which was not reached. */
function describeTunnelError(proxy: EnvProxy, error: Error): string {
  const [, status] = /^Bad response: (\d{3})$/.exec(error.message) ?? []
  const why = status === undefined ? readCode(error) : `it answered ${status}`
  return `no connection${why === undefined ? '' : ` (${why})`} through the proxy ${proxy.host}`
}

interface Route {
  url: URL
  proxy: EnvProxy | undefined
  agent: http.Agent | undefined
  ca: string | undefined
  /** Aborts when no answer is waited for any more. */
  ended: AbortSignal
}

function openRequest(
  request: HttpRequest,
  { url, proxy, agent, ca, ended }: Route,
  subject: HttpSubject,
  refuse: (error: Error) => void,
): http.ClientRequest | undefined {
  const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'keyrota' }
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    headers[name.toLowerCase()] = exposed(value) ?? ''
  }
  try {
    const options = { method: request.method, headers, agent: agent ?? (false as const) }
    if (ca !== undefined && url.protocol === 'https:') Object.assign(options, { ca })
    if (proxy !== undefined) return proxy.open(url, options, ended)
    return url.protocol === 'https:'
      ? https.request(url, { ...options, rejectUnauthorized: true })
      : http.request(url, options)
  } catch (cause) {
    refuse(
      toRefusedError(subject, `cannot be encoded (${readCode(cause)})`, 'Check the header names and values.'),
    )
    return undefined
  }
}

function exposed(value: string | SecretValue | undefined): string | undefined {
  return value instanceof SecretValue ? value.expose() : value
}

/** The code alone: a parser's error carries the raw packet. */
function readCode(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
}
