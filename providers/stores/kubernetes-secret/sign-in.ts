import { KubeConfig } from '@kubernetes/client-node'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Options } from './options.ts'

/** Where the cluster is and how to sign in: a kubeconfig, or what every pod has. */
export function loadConfig(provider: string, options: Options): KubeConfig {
  if (options.kubeconfig === undefined && !process.env.KUBERNETES_SERVICE_HOST)
    throw refuseConfig(provider, 'this process does not run in a pod, and no kubeconfig is given')
  const config = new KubeConfig()
  try {
    if (options.kubeconfig === undefined) config.loadFromCluster()
    else config.loadFromFile(options.kubeconfig)
    if (options.context !== undefined) config.setCurrentContext(options.context)
  } catch {
    throw refuseConfig(provider, 'the kubeconfig cannot be read')
  }
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

export function refuseConfig(
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
