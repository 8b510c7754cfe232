import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import { type Answer, collectBody, forwardRequest } from './forward.ts'

/** One request as it came to the proxy. Bodies and credentials are not kept: they hold secrets. */
export interface SeenRequest {
  readonly method: string
  /** With the query, as sent. */
  readonly path: string
  /** The last part of `x-amz-target`, e.g. `PutSecretValue`, for services that name the verb in that header. */
  readonly operation: string | undefined
  /** The other side's answer or the fault's; undefined while there is none, and for good after a hang or a cut. */
  status: number | undefined
  /** The kind of fault it met. */
  fault: FaultAction['kind'] | undefined
}

/** What is done to a request. `delayMs` alone, as kind `delay`, changes nothing but the time. */
export type FaultAction =
  /** Answers this status; with `afterEffect` the request is sent on first and its true answer thrown away. */
  | {
      kind: 'answer'
      status: number
      headers?: Readonly<Record<string, string>>
      body?: string
      afterEffect?: boolean
    }
  /** Nothing is sent on and nothing answered; the connection stays open. */
  | { kind: 'hang' }
  /** The request is sent on, then nothing is answered. */
  | { kind: 'hang-after' }
  /** The connection is cut and nothing sent on: no effect. `run` is done first, e.g. the client is killed. */
  | { kind: 'cut-before'; run?: () => Promise<void> }
  /** The request is sent on and takes effect; then `run` is done and the connection cut instead of the answer. */
  | { kind: 'cut-after'; run?: () => Promise<void> }
  /** The request is sent on; half of the answer's body comes back, then the connection is cut. */
  | { kind: 'truncate' }
  /** This is done first, e.g. somebody else's write, then the request is sent on. */
  | { kind: 'meanwhile'; run: () => Promise<void> }
  /** Sent on this much later. */
  | { kind: 'delay'; delayMs: number }
  /** Repeats the first good answer that the same request (method, path, body) ever got: a reader that lags. */
  | { kind: 'stale' }

export interface Fault {
  readonly action: FaultAction
  /** Which requests; every one when left out. Called once per request while the fault is armed. */
  readonly when?: (request: SeenRequest) => boolean
  /** How many matching requests pass before it starts. Default 0. */
  readonly skip?: number
  /** How many it hits. Default 1; `Infinity` until `clear()`. */
  readonly times?: number
}

export interface FaultProxy {
  /** `http(s)://127.0.0.1:port`, without a slash at the end. */
  readonly url: string
  /** Every request since the start or the last `forget()`, in the order of arrival. */
  readonly requests: readonly SeenRequest[]
  /** How many of `requests` match. */
  count(when?: (request: SeenRequest) => boolean): number
  /** Arms a fault; of several that match, the one armed first acts. */
  arm(fault: Fault): void
  /** Takes all faults away. */
  clear(): void
  /** Empties `requests`; faults and remembered answers stay. */
  forget(): void
  close(): Promise<void>
}

export interface FaultProxyOptions {
  /** `http://` or `https://` address of the server behind; a path in it is refused. */
  readonly upstream: string
  /** PEM of the authority that signed an https upstream; without it the process's own trust holds. */
  readonly ca?: string
  /** PEM pair to listen with TLS; plain http without it. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Sees the body of every answer of the server behind, also of one that a fault keeps back. */
  readonly onAnswer?: (body: Buffer) => void
}

interface Armed extends Fault {
  seen: number
  hit: number
}

const MAX_REMEMBERED = 500

/**
 * Starts a reverse proxy on a free loopback port that counts calls and makes faults. Header lines and bodies are
 * sent on byte for byte, the Host line too, so that signatures over them stay good; only `connection` is the proxy's
 * own. Answers are collected whole before they are sent back, so an endless one (a watch) must not go through it.
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const upstream = new URL(options.upstream)
  if (upstream.pathname !== '/')
    throw new Error(`a path in the upstream is not supported: ${options.upstream}`)
  const requests: SeenRequest[] = []
  const armed: Armed[] = []
  const remembered = new Map<string, Answer>()
  const sockets = new Set<Socket>()

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await collectBody(incoming)
    const seen = describeRequest(incoming)
    requests.push(seen)
    const action = takeFault(armed, seen)
    seen.fault = action?.kind
    const send = async () => {
      const sent = await forwardRequest(incoming, body, upstream, options.ca)
      options.onAnswer?.(sent.body)
      return sent
    }
    const key = `${seen.method} ${seen.path} ${seen.operation} ${body.toString('base64')}`
    const answer = await performFault(action, send, remembered.get(key))
    if (answer === 'hang') return
    if (answer === 'cut') return void incoming.socket.destroy()
    if (isGood(answer) && remembered.size < MAX_REMEMBERED && !remembered.has(key))
      remembered.set(key, answer)
    seen.status = answer.status
    reply(response, answer, action?.kind === 'truncate')
  }

  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    serve(incoming, response).catch(() => incoming.socket.destroy())
  }
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const port = await listen(server)
  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    count: (when = () => true) => requests.filter(when).length,
    arm: (fault) => void armed.push({ ...fault, seen: 0, hit: 0 }),
    clear: () => void armed.splice(0),
    forget: () => void requests.splice(0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** For `when`: requests of this method whose path (with query) matches. */
export function onPath(method: string, path: RegExp): (request: SeenRequest) => boolean {
  return (request) => request.method === method && path.test(request.path)
}

/** For `when`: requests with this verb in `x-amz-target`. */
export function onOperation(operation: string): (request: SeenRequest) => boolean {
  return (request) => request.operation === operation
}

function describeRequest(incoming: IncomingMessage): SeenRequest {
  const target = incoming.headers['x-amz-target']
  return {
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    operation: typeof target === 'string' ? target.slice(target.lastIndexOf('.') + 1) : undefined,
    status: undefined,
    fault: undefined,
  }
}

function takeFault(armed: Armed[], request: SeenRequest): FaultAction | undefined {
  for (const fault of armed) {
    if (fault.hit >= (fault.times ?? 1) || (fault.when && !fault.when(request))) continue
    fault.seen += 1
    if (fault.seen <= (fault.skip ?? 0)) continue
    fault.hit += 1
    return fault.action
  }
  return undefined
}

async function performFault(
  action: FaultAction | undefined,
  send: () => Promise<Answer>,
  first: Answer | undefined,
): Promise<Answer | 'hang' | 'cut'> {
  switch (action?.kind) {
    case 'hang':
      return 'hang'
    case 'hang-after':
      await send()
      return 'hang'
    case 'cut-before':
      await action.run?.()
      return 'cut'
    case 'cut-after':
      await send()
      await action.run?.()
      return 'cut'
    case 'answer':
      if (action.afterEffect) await send()
      return makeAnswer(action)
    case 'meanwhile':
      await action.run()
      return send()
    case 'delay':
      await new Promise((resolve) => setTimeout(resolve, action.delayMs))
      return send()
    case 'stale':
      return first ?? send()
    default:
      return send()
  }
}

function makeAnswer(action: FaultAction & { kind: 'answer' }): Answer {
  const body = Buffer.from(action.body ?? '')
  const headers = { 'content-type': 'text/plain', ...action.headers, 'content-length': String(body.length) }
  return { status: action.status, rawHeaders: Object.entries(headers).flat(), body }
}

function isGood(answer: Answer): boolean {
  return answer.status >= 200 && answer.status < 300
}

function reply(response: ServerResponse, answer: Answer, truncated: boolean): void {
  response.writeHead(answer.status, answer.rawHeaders)
  if (!truncated) return void response.end(answer.body)
  const half = answer.body.subarray(0, Math.floor(answer.body.length / 2))
  response.write(half, () => response.destroy())
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
