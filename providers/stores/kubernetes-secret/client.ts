import { Agent } from 'node:http'
import type { RequestOptions } from 'node:https'
import {
  CoreV1Api,
  createConfiguration,
  type KubeConfig,
  PatchStrategy,
  type RequestContext,
  ResponseContext,
  ServerConfiguration,
  setHeaderOptions,
  type V1Secret,
  wrapHttpLibrary,
} from '@kubernetes/client-node'
import type { Call } from '../../../src/contracts/call.ts'
import { LeaseOverError, ProviderError } from '../../../src/contracts/errors.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { readJson, sendRequest } from '../../shared/http/client.ts'
import { toTransportError } from '../../shared/http/errors.ts'
import { isUnauthorized, type SecretName, toApiError } from './errors.ts'
import type { Options } from './options.ts'
import { namespaceOf, openSignIn, type SignIn, toSignInError } from './sign-in.ts'
import { FIELD_MANAGER } from './writers.ts'

export interface SecretApi {
  /** The namespace of a Secret that is named without one. */
  namespace(): string
  get(secret: SecretName, call: Call): Promise<V1Secret>
  /** A JSON merge patch; with `dryRun` the server does everything but store it. */
  patch(secret: SecretName, body: object, call: Call, dryRun?: boolean): Promise<V1Secret>
  close(): void
}

/** A Secret may hold 1 MiB; base64, annotations and kubectl's copy of the manifest come on top. */
const maxAnswerBytes = 4 * 1024 * 1024

/**
 * The official client over a transport of ours: its own follows redirects, keeps a connection pool for every single
 * request, and puts the server's body into its errors.
 */
export function openSecretApi(provider: string, options: Options): SecretApi {
  let signIn: SignIn | undefined
  const load = () => {
    signIn ??= openSignIn(provider, options)
    return signIn
  }
  const open = async (secret: SecretName, attempt: Attempt) => {
    const { config: held, prepare } = load()
    await prepare()
    return new CoreV1Api(
      createConfiguration({
        baseServer: new ServerConfiguration(held.getCurrentCluster()?.server ?? '', {}),
        authMethods: { default: held },
        httpApi: wrapHttpLibrary({ send: (request) => exchange(held, request, secret, attempt) }),
      }),
    )
  }
  const run = async (call: Call, secret: SecretName, verb: (api: CoreV1Api) => Promise<V1Secret>) => {
    const attempt: Attempt = { provider, call, isAtServer: false }
    return await endWithSignal(attempt, () =>
      translate(provider, async () => verb(await open(secret, attempt))),
    ).catch((error: unknown) => {
      if (isUnauthorized(error)) load().forget()
      throw error
    })
  }
  return {
    namespace: () => options.namespace ?? namespaceOf(load().config),
    get: (secret, call) => run(call, secret, (api) => api.readNamespacedSecret({ ...secret })),
    patch: (secret, body, call, dryRun = false) =>
      run(call, secret, (api) =>
        api.patchNamespacedSecret(
          { ...secret, body, fieldManager: FIELD_MANAGER, ...(dryRun ? { dryRun: 'All' } : {}) },
          setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
        ),
      ),
    close: () => signIn?.close(),
  }
}

/** One request on its way, from its credentials to its answer. */
interface Attempt {
  provider: string
  call: Call
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
  secret: SecretName,
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
      maxBytes: maxAnswerBytes,
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
  if (answer.status !== 200) throw toApiError(answer, secret, request.getHttpMethod().toLowerCase())
  if ((readJson(answer) as { kind?: unknown } | null)?.kind !== 'Secret')
    throw toTransportError(answer.subject, { happened: 'the answer is not a Secret', sent: true })
  const text = async () => answer.body.expose()
  const binary = async () => Buffer.from(answer.body.expose())
  return new ResponseContext(answer.status, answer.headers, { text, binary, stream: () => null })
}
