/*
 * Watches: one request whose answer does not end, a JSON document a line. The official client's own watch follows redirects
 * and has neither limits nor a way to notice a connection that died silently.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import http, { Agent } from 'node:http'
import https, { type RequestOptions } from 'node:https'
import { StringDecoder } from 'node:string_decoder'
import type { Clock } from '../../../src/contracts/clock.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import type { HttpAnswer } from '../http/client.ts'
import { toTransportError } from '../http/errors.ts'
import { isLoopback } from '../http/loopback.ts'
import type { KubernetesClient } from './client.ts'
import { describe, isUnauthorized, type Subject, toApiError, toExpiredError } from './errors.ts'

/** One line of a watch. A `BOOKMARK` has nothing but a version to go on from. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: T
}

export interface WatchRequest {
  readonly provider: string
  readonly subject: Subject & { readonly verb: 'watch' }
  /** Of the list, e.g. `/apis/keyrota.dev/v1alpha1/managedkeys`. */
  readonly path: string
  readonly labelSelector?: string
  /** What was seen already: the version of a list, of an event or of a bookmark. */
  readonly resourceVersion: string
  readonly clock: Clock
}

/** The server ends a watch after this long, and it is begun again where it was. */
const SERVER_LIMIT_S = 240
/** Bookmarks come about every minute: a connection without anything for so long is dead. */
const SILENCE_MS = 100_000
const CONNECT_MS = 15_000
/** One object with everything in it. */
const MAX_LINE_BYTES = 4 * 1024 * 1024

/**
 * Hands over each event in its order, until the server ends the watch, which it does now and then, or the signal aborts.
 * Resolves with the version to go on from.
 * @throws ProviderError {@link isExpired} when the list has to be read again; `unavailable` when the connection broke.
 */
export async function watchObjects<T extends { metadata: { resourceVersion: string } }>(
  client: KubernetesClient,
  request: WatchRequest,
  onEvent: (event: WatchEvent<T>) => void,
  signal: AbortSignal,
): Promise<string> {
  let version = request.resourceVersion
  const onLine = (line: string) => {
    const event = readEvent<T>(request, line)
    version = event.object.metadata.resourceVersion
    onEvent(event)
  }
  try {
    await stream(client, request, onLine, signal)
  } catch (error) {
    if (isUnauthorized(error)) client.signIn().forget()
    throw error
  }
  return version
}

function readEvent<T>(request: WatchRequest, line: string): WatchEvent<T> {
  let event: { type?: string; object?: { code?: unknown } }
  try {
    event = JSON.parse(line)
  } catch {
    // The parser's error would quote the object.
    throw broken(request, 'a line of the watch is not JSON')
  }
  if (event.type !== 'ERROR') return event as WatchEvent<T>
  if (event.object?.code === 410) throw toExpiredError(request.provider, request.subject)
  throw broken(request, `the API server ended the watch (${Number(event.object?.code)})`)
}

function broken({ provider, subject }: WatchRequest, happened: string): ProviderError {
  return toTransportError({ provider, about: describe(subject), mutates: false }, { happened, sent: true })
}

async function stream(
  client: KubernetesClient,
  request: WatchRequest,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { config, prepare } = client.signIn()
  await prepare()
  if (signal.aborted) return
  const url = makeUrl(config.getCurrentCluster()?.server ?? '', request)
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw broken(request, 'a token is not sent without TLS')
  const options: RequestOptions = { headers: { accept: 'application/json', 'user-agent': 'keyrota' } }
  await config.applyToHTTPSOptions(options)
  const agent = options.agent instanceof Agent ? options.agent : false
  const ended = Promise.withResolvers<void>()
  const fail = (error: Error) =>
    ended.reject(error instanceof ProviderError ? error : broken(request, nameOf(error)))
  const outgoing = (url.protocol === 'http:' ? http : https).request(url, { ...options, agent })
  const stop = () => ended.resolve()
  let disarm = request.clock.after(CONNECT_MS, () => fail(broken(request, 'no answer in time')))
  const alive = () => {
    disarm()
    disarm = request.clock.after(SILENCE_MS, stop)
  }
  signal.addEventListener('abort', stop, { once: true })
  outgoing.on('error', fail)
  outgoing.on('response', (incoming) => {
    alive()
    const onText =
      incoming.statusCode === 200 ? splitLines(request, onLine) : keepRefusal(request, incoming, fail)
    incoming.on('data', (chunk: Buffer) => {
      alive()
      try {
        onText.take(chunk)
      } catch (error) {
        fail(error as Error)
      }
    })
    incoming.on('error', fail)
    incoming.on('end', () => {
      onText.end()
      stop()
    })
  })
  outgoing.end()
  try {
    await ended.promise
  } finally {
    disarm()
    signal.removeEventListener('abort', stop)
    outgoing.destroy()
  }
}

function makeUrl(server: string, { path, labelSelector, resourceVersion }: WatchRequest): URL {
  const url = new URL(server.replace(/\/$/, '') + path)
  const query = {
    watch: '1',
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(SERVER_LIMIT_S),
    resourceVersion,
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  if (labelSelector !== undefined) url.searchParams.set('labelSelector', labelSelector)
  return url
}

interface Sink {
  take(chunk: Buffer): void
  end(): void
}

function splitLines(request: WatchRequest, onLine: (line: string) => void): Sink {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  return {
    take(chunk) {
      const lines = (rest + decoder.write(chunk)).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > MAX_LINE_BYTES) throw broken(request, 'a line of the watch is too long')
      for (const line of lines) if (line !== '') onLine(line)
    },
    // What is left is the beginning of a line: its event comes again.
    end: () => undefined,
  }
}

/** A refusal is short; only its beginning is read. */
function keepRefusal(
  request: WatchRequest,
  incoming: http.IncomingMessage,
  fail: (error: Error) => void,
): Sink {
  let body = ''
  return {
    take(chunk) {
      if (body.length < 16_384) body += chunk.toString()
    },
    end() {
      const { provider, subject } = request
      const answer: HttpAnswer = {
        status: incoming.statusCode ?? 0,
        headers: {},
        body: new SecretValue(body),
        subject: { provider, about: describe(subject), mutates: false },
      }
      fail(toApiError(answer, subject, () => undefined))
    },
  }
}

function nameOf(error: Error): string {
  return `the connection failed${'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''}`
}
