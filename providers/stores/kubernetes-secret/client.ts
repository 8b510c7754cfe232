import { CoreV1Api, PatchStrategy, setHeaderOptions, type V1Secret } from '@kubernetes/client-node'
import type { Call } from '../../../src/contracts/call.ts'
import { openClient } from '../../shared/kubernetes/client.ts'
import { FIELD_MANAGER } from '../../shared/kubernetes/names.ts'
import { explainRefusal, type SecretName } from './errors.ts'
import type { Options } from './options.ts'

export interface SecretApi {
  /** The namespace of a Secret that is named without one. */
  namespace(): string
  get(secret: SecretName, call: Call): Promise<V1Secret>
  /** A JSON merge patch; with `dryRun` the server does everything but store it. */
  patch(secret: SecretName, body: object, call: Call, dryRun?: boolean): Promise<V1Secret>
  close(): void
}

const secrets = { group: '', resource: 'secrets', kind: 'Secret' } as const

export function openSecretApi(provider: string, options: Options): SecretApi {
  const client = openClient(provider, options, explainRefusal)
  return {
    namespace: () => client.namespace(),
    get: (secret, call) =>
      client.request(CoreV1Api, { ...secrets, verb: 'get', ...secret }, call, (api) =>
        api.readNamespacedSecret({ ...secret }),
      ),
    patch: (secret, body, call, dryRun = false) =>
      client.request(CoreV1Api, { ...secrets, verb: 'patch', ...secret }, call, (api) =>
        api.patchNamespacedSecret(
          { ...secret, body, fieldManager: FIELD_MANAGER, ...(dryRun ? { dryRun: 'All' } : {}) },
          setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
        ),
      ),
    close: () => client.close(),
  }
}
