import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { type ErrorCode, ProviderError } from '../../../src/contracts/errors.ts'
import { findErrorCode } from '../http/sdk-call.ts'
import { parseDurationMs } from '../options/duration.ts'
import type { ClusterOptions } from './options.ts'
import { openPlugin, type Plugin, readCommand } from './plugin.ts'

/** Where the cluster is and how to sign in. */
export interface SignIn {
  readonly config: KubeConfig
  /** Gets the credentials of a plugin before a request; nothing for any other way of signing in. */
  prepare(): Promise<void>
  /** The server refused the credentials. */
  forget(): void
  close(): void
}

/** A kubeconfig, or what every pod has. */
export function openSignIn(provider: string, options: ClusterOptions): SignIn {
  const config = loadConfig(provider, options)
  const user = config.getCurrentUser()
  const command = readCommand(user, options.kubeconfig)
  if (user === null || command === undefined)
    return { config, prepare: async () => undefined, forget: () => undefined, close: () => undefined }
  // The client must not run the plugin too.
  Object.assign(user, { exec: undefined, authProvider: undefined })
  const plugin: Plugin = openPlugin(provider, command, parseDurationMs(options.pluginLimit))
  return {
    config,
    async prepare() {
      const { token, clientCertificateData, clientKeyData } = await plugin.obtain()
      const encode = (pem: string | undefined) => (pem === undefined ? undefined : btoa(pem))
      Object.assign(user, { token, certData: encode(clientCertificateData), keyData: encode(clientKeyData) })
    },
    forget: () => plugin.forget(),
    close: () => plugin.close(),
  }
}

function loadConfig(provider: string, options: ClusterOptions): KubeConfig {
  if (options.kubeconfig === undefined && !process.env.KUBERNETES_SERVICE_HOST)
    throw refuseConfig(provider, 'this process does not run in a pod, and no kubeconfig is given')
  const config = new KubeConfig()
  const text = options.kubeconfig === undefined ? undefined : readKubeconfig(provider, options.kubeconfig)
  try {
    if (options.kubeconfig === undefined) config.loadFromCluster()
    else {
      config.loadFromString(text ?? '')
      config.makePathsAbsolute(dirname(options.kubeconfig))
    }
  } catch {
    throw refuseConfig(provider, 'the kubeconfig is not one', 'Compare it with `kubectl config view --raw`.')
  }
  if (options.context !== undefined) config.setCurrentContext(options.context)
  const context = config.getCurrentContext()
  if (config.getContextObject(context) === null)
    throw refuseConfig(
      provider,
      'the kubeconfig has no such context',
      'Correct `context`; `kubectl config get-contexts` lists them.',
    )
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw refuseConfig(provider, 'the context names no cluster')
  // Plain http needs this flag by the client's rule and goes to loopback alone; over TLS it would give the token away.
  if (cluster.skipTLSVerify && !cluster.server.toLowerCase().startsWith('http:')) {
    throw refuseConfig(
      provider,
      `insecure-skip-tls-verify is set for ${cluster.name}, and no token is sent to a server that is not verified`,
      'Put the authority of the server into the kubeconfig (`certificate-authority`) and remove `insecure-skip-tls-verify`.',
    )
  }
  return config
}

function readKubeconfig(provider: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const code = findErrorCode(cause)
    const isAbsent = code === 'ENOENT' || code === 'ENOTDIR'
    throw new ProviderError({
      code: isAbsent ? 'invalid' : 'denied',
      provider,
      message: `the kubeconfig ${path} ${isAbsent ? 'does not exist' : `cannot be read (${code})`}`,
      effect: 'none',
      nextStep: isAbsent
        ? 'Correct `kubeconfig` of this provider.'
        : 'Let the user that runs Keyrota read it.',
      cause,
    })
  }
}

/** What the client threw before anything was sent to the API server: it could not get credentials. Its text may quote them. */
export function toSignInError(provider: string, thrown: unknown): ProviderError {
  const errorCode = findErrorCode(thrown)
  const fail = (code: ErrorCode, what: string, nextStep: string) =>
    new ProviderError({
      code,
      provider,
      message: `signing in to the cluster: ${what}`,
      effect: 'none',
      nextStep,
    })
  if (errorCode === 'ENOENT' || errorCode === 'EACCES')
    return fail(
      'invalid',
      `the token file or the certificate that the kubeconfig or the pod names cannot be read (${errorCode})`,
      'Check that the file exists and that the user that runs Keyrota can read it.',
    )
  if (errorCode !== undefined && /^(ECONN|EAI_|ENOTFOUND|EHOST|ENET|ETIMEDOUT|UND_ERR)/.test(errorCode))
    return fail(
      'unavailable',
      `the server that gives the credentials cannot be reached (${errorCode})`,
      'Check the network path to the identity provider of the kubeconfig, then try again.',
    )
  return fail(
    'invalid',
    'the credentials of the kubeconfig or of the pod cannot be used',
    'Run `kubectl auth whoami` with the same kubeconfig and context, as the user that runs Keyrota.',
  )
}

function refuseConfig(
  provider: string,
  message: string,
  nextStep = 'Set `kubeconfig` and `context`, or run Keyrota in a pod with a service account.',
): ProviderError {
  return new ProviderError({ code: 'invalid', provider, message, effect: 'none', nextStep })
}

/** As kubectl does: the namespace of the context, which in a pod is the pod's own, else `default`. */
export function namespaceOf(config: KubeConfig): string {
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace?.trim()
  return namespace === undefined || namespace === '' ? 'default' : namespace
}
