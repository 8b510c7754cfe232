import { CoreV1Api } from '@kubernetes/client-node'
import type { Call } from '../../../src/contracts/call.ts'
import { fingerprintPart } from '../../../src/contracts/fingerprint.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import type { KubernetesClient } from '../../shared/kubernetes/client.ts'
import { type CustomObject, openCustomObject } from '../../shared/kubernetes/custom-object.ts'

/** What Keyrota reads of an ExternalSecret. */
export interface ExternalSecret {
  metadata: { resourceVersion?: string; annotations?: Record<string, string> }
  spec?: {
    refreshPolicy?: string
    refreshInterval?: string
    target?: { name?: string }
    data?: { secretKey?: string; remoteRef?: { version?: string } }[]
  }
}

/** What the field of the Secret holds, without its value. */
export interface Synced {
  /** Absent: the Secret has no such field. */
  readonly fingerprint?: string
  /** Kinds of the owners that it has. */
  readonly owners: readonly string[]
}

export interface ExternalSecretApi extends CustomObject<ExternalSecret> {
  /** `namespace/name` of the ExternalSecret and of the Secret. */
  readonly about: { readonly source: string; readonly secret: string; readonly field: string }
  readSynced(call: Call): Promise<Synced>
}

export function openExternalSecret(
  client: KubernetesClient,
  names: { namespace: string; name: string; secret: string; field: string; version: string },
): ExternalSecretApi {
  const { namespace, name, secret, field, version } = names
  const place = {
    group: '',
    resource: 'secrets',
    kind: 'Secret',
    verb: 'get',
    namespace,
    name: secret,
  } as const
  return {
    about: { source: `${namespace}/${name}`, secret: `${namespace}/${secret}`, field },
    ...openCustomObject<ExternalSecret>(client, {
      group: 'external-secrets.io',
      version,
      plural: 'externalsecrets',
      kind: 'ExternalSecret',
      namespace,
      name,
    }),
    readSynced: async (call) => {
      const found = await client.request(CoreV1Api, place, call, (api) =>
        api.readNamespacedSecret({ namespace, name: secret }),
      )
      const held = Object.hasOwn(found.data ?? {}, field) ? found.data?.[field] : undefined
      const owners = (found.metadata?.ownerReferences ?? []).map(({ kind }) => kind)
      if (held === undefined) return { owners }
      const value = new SecretValue(Buffer.from(held, 'base64').toString('utf8'))
      return { owners, fingerprint: fingerprintPart(value) }
    },
  }
}
