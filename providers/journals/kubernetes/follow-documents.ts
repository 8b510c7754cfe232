/** Follows the ConfigMaps of this installation's documents. */
import type { KubernetesClient } from '../../shared/kubernetes/client.ts'
import { followObjects } from '../../shared/kubernetes/follow.ts'
import type { WatchEvent } from '../../shared/kubernetes/watch.ts'
import type { ConfigMapObject } from './config-maps.ts'
import { DOCUMENT_LABEL, selectorOf } from './document-objects.ts'
import type { Documenting } from './documents.ts'

/** Until aborted. A connection that breaks is the caller's: it starts this again. */
export async function followDocuments(
  client: KubernetesClient,
  provider: string,
  { api, clock, installation }: Documenting,
  changed: (kind: string | null) => void,
  signal: AbortSignal,
): Promise<void> {
  const labelSelector = selectorOf(installation)
  const following = {
    ...{ client, clock, provider },
    followed: { group: '', resource: 'configmaps', kind: 'ConfigMap', api: '/api/v1', labelSelector },
    namespace: () => client.namespace(),
    /** Only the place to go on from is needed: nothing is kept here, so one object of the list is enough. */
    async read() {
      const { resourceVersion } = await api.page(labelSelector, { limit: 1 })
      changed(null)
      return resourceVersion
    },
    take({ type, object }: WatchEvent<ConfigMapObject>) {
      if (type !== 'BOOKMARK') changed(object.metadata.labels?.[DOCUMENT_LABEL] ?? null)
    },
  }
  await followObjects(following, signal)
}
