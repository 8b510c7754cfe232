import { Agent } from 'node:http'
import type { RequestOptions } from 'node:https'
import {
  type Configuration,
  createConfiguration,
  type KubeConfig,
  type RequestContext,
  ResponseContext,
  ServerConfiguration,
  wrapHttpLibrary,
} from '@kubernetes/client-node'
import type { Call } from '../../../src/contracts/call.ts'
import { LeaseOverError, ProviderError } from '../../../src/contracts/errors.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { readJson, sendRequest } from '../http/client.ts'
import { toTransportError } from '../http/errors.ts'
import { describe, type Explain, isUnauthorized, type Subject, toApiError } from './errors.ts'
import type { ClusterOptions } from './options.ts'
import { namespaceOf, openSignIn, type SignIn, toSignInError } from './sign-in.ts'

/*
 * The official client over a transport of ours: its own follows redirects, keeps a connection pool for every single
 * request, and puts the server's body into its errors.
 */

/** One request: what is asked, and what the answer has to be. */
export interface Asked extends Subject {
  /** The `kind` of a proper answer, where it is another one than that of the object: `PodList`, `Status`. */
  readonly answers?: string | readonly string[]
  /** Size of the answer; 4 MiB by default. */
  readonly maxBytes?: number
}

/** One of the client's generated classes, such as `CoreV1Api`. */
type ApiClass<A> = new (configuration: Configuration) => A

export interface KubernetesClient {
  /** The namespace of an object that is named without one. */
  namespace(): string
  /**
   * Makes exactly one request: `ask` calls one method of the API.
   * @throws ProviderError with the verb, the object and, when it is denied, the rule that is missing.
   */
  request<A, T>(api: ApiClass<A>, asked: Asked, call: Call, ask: (api: A) => Promise<T>): Promise<T>
  /** For what is no single request. */
  signIn(): SignIn
  close(): void
}

/** A Secret may hold 1 MiB; base64, annotations and kubectl's copy of the manifest come on top. */
const defaultMaxBytes = 4 * 1024 * 1024

export function openClient(
  provider: string,
  options: ClusterOptions,
  explain: Explain = () => undefined,
): KubernetesClient {
  let opened: SignIn | undefined
  const signIn = () => {
    opened ??= openSignIn(provider, options)
    return opened
  }
  const open = async <A>(Api: ApiClass<A>, attempt: Attempt) => {
    const { config: held, prepare } = signIn()
    await prepare()
    return new Api(
      createConfiguration({
        baseServer: new ServerConfiguration(held.getCurrentCluster()?.server ?? '', {}),
        authMethods: { default: held },
        httpApi: wrapHttpLibrary({ send: (request) => exchange(held, request, attempt) }),
      }),
    )
  }
  return {
    namespace: () => options.namespace ?? namespaceOf(signIn().config),
    async request(Api, asked, call, ask) {
      const attempt: Attempt = { provider, asked, call, explain, isAtServer: false }
      return await endWithSignal(attempt, () =>
        translate(provider, async () => ask(await open(Api, attempt))),
      ).catch((error: unknown) => {
        if (isUnauthorized(error)) signIn().forget()
        throw error
      })
    },
    signIn,
    close: () => opened?.close(),
  }
}

/** One request on its way, from its credentials to its answer. */
interface Attempt {
  provider: string
  asked: Asked
  call: Call
  explain: Explain
  /** From then on the request itself answers an abort, and knows whether it may have had an effect. */
  isAtServer: boolean
}

/**
 * Credentials may come from a program or another server, which do not notice an abort: the call ends without them. Their
 * late answer sends nothing, since no request begins after the abort.
 */
async function endWithSignal<T>(attempt: Attempt, work: () => Promise<T>): Promise<T> {
  const { provider, call } = attempt
  const ended = Promise.withResolvers<never>()
  const subject = { provider, about: 'signing in to the cluster', mutates: false }
  const stopped = () => toTransportError(subject, { happened: 'stopped before it was done', sent: false })
  if (call.signal.aborted) throw stopped()
  const stop = () => {
    if (!attempt.isAtServer) ended.reject(stopped())
  }
  call.signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work(), ended.promise])
  } finally {
    call.signal.removeEventListener('abort', stop)
  }
}

/** The client itself only fails before anything is sent, when it cannot get credentials; its texts may quote them. */
async function translate<T>(provider: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof ProviderError || thrown instanceof LeaseOverError) throw thrown
    throw toSignInError(provider, thrown)
  }
}

async function exchange(
  config: KubeConfig,
  request: RequestContext,
  attempt: Attempt,
): Promise<ResponseContext> {
  const url = request.getUrl()
  const tls: RequestOptions = {}
  await config.applyToHTTPSOptions(tls)
  const headers = Object.entries(request.getHeaders()).map(([name, value]) => [name, new SecretValue(value)])
  const body = request.getBody()
  attempt.isAtServer = true
  const answer = await sendRequest(
    {
      provider: attempt.provider,
      hosts: [new URL(url).host],
      maxBytes: attempt.asked.maxBytes ?? defaultMaxBytes,
      ...(tls.agent instanceof Agent ? { agent: tls.agent } : {}),
    },
    {
      method: request.getHttpMethod(),
      url,
      headers: Object.fromEntries(headers),
      ...(typeof body === 'string' ? { body: new SecretValue(body) } : {}),
      mutates: request.getHttpMethod() !== 'GET' && !url.includes('dryRun=All'),
    },
    attempt.call,
  )
  if (![200, 201, 202].includes(answer.status)) throw toApiError(answer, attempt.asked, attempt.explain)
  const expected = [attempt.asked.answers ?? attempt.asked.kind].flat()
  const kind = (readJson(answer) as { kind?: unknown } | null)?.kind
  if (typeof kind !== 'string' || !expected.includes(kind)) {
    const happened = `the answer to ${describe(attempt.asked)} is not a ${expected.join(' or ')}`
    throw toTransportError(answer.subject, { happened, sent: true })
  }
  const text = async () => answer.body.expose()
  const binary = async () => Buffer.from(answer.body.expose())
  return new ResponseContext(answer.status, answer.headers, { text, binary, stream: () => null })
}
