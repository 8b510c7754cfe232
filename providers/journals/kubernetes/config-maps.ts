/** The requests for the ConfigMaps of shared documents. A try without an answer is never repeated: nobody would know which of two took place. */
import { CoreV1Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node'
import type { Clock } from '../../../src/contracts/clock.ts'
import type { KubernetesClient } from '../../shared/kubernetes/client.ts'
import { PAGE_MAX_BYTES } from '../../shared/kubernetes/managed-key.ts'
import { FIELD_MANAGER } from '../../shared/kubernetes/names.ts'
import { sendPatiently } from '../../shared/kubernetes/patience.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { nullFor } from './api.ts'
import type { Options } from './options.ts'

export interface ConfigMapObject {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly resourceVersion: string
    readonly deletionTimestamp?: unknown
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly data?: Readonly<Record<string, string>>
}

interface ConfigMapPage {
  readonly items: readonly ConfigMapObject[]
  readonly resourceVersion: string
  readonly next?: string
}

/** Everything throws ProviderError; effect `unknown` where a change had no answer. */
export interface ConfigMapApi {
  /** Null: there is none. */
  get(name: string): Promise<ConfigMapObject | null>
  /** Null: there is one of this name. */
  create(body: {
    metadata: { name: string; labels: Readonly<Record<string, string>> }
    data: Readonly<Record<string, string>>
  }): Promise<ConfigMapObject | null>
  /** Null: it was changed since that version; or there is none. */
  patch(
    name: string,
    body: { metadata: { resourceVersion: string }; data: object },
  ): Promise<ConfigMapObject | null>
  /** Null: it was changed since that version, or is another one of that name; or there is none. */
  remove(name: string, at: { uid: string; resourceVersion: string }): Promise<unknown>
  page(selector: string, from: { limit: number; next?: string }): Promise<ConfigMapPage>
}

interface ListAnswer {
  items: ConfigMapObject[]
  /** `_continue`: the client's name for `continue`. */
  metadata: { resourceVersion: string; _continue?: string }
}

const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
const by = { fieldManager: FIELD_MANAGER }
const CONFIG_MAP = { group: '', resource: 'configmaps', kind: 'ConfigMap' } as const

export function openConfigMaps(client: KubernetesClient, clock: Clock, options: Options): ConfigMapApi {
  const namespace = client.namespace()
  const patience = {
    clock,
    limitMs: parseDurationMs(options.requestLimit),
    giveUpMs: parseDurationMs(options.giveUp),
  }
  type Verb = 'get' | 'list' | 'create' | 'patch' | 'delete'
  const ask = <T>(
    what: { verb: Verb; name?: string; answers?: string | string[]; maxBytes?: number },
    run: (api: CoreV1Api) => Promise<unknown>,
  ): Promise<T> =>
    sendPatiently(
      patience,
      (call) => client.request(CoreV1Api, { ...CONFIG_MAP, namespace, ...what }, call, run) as Promise<T>,
      what.verb === 'get' || what.verb === 'list' ? 'always' : 'when-refused',
    )
  return {
    get: (name) =>
      nullFor(
        'absent',
        ask<ConfigMapObject>({ verb: 'get', name }, (api) =>
          api.readNamespacedConfigMap({ namespace, name }),
        ),
      ),
    create(body) {
      const { name } = body.metadata
      const made = ask<ConfigMapObject>({ verb: 'create', name }, (api) =>
        api.createNamespacedConfigMap({ namespace, body, ...by }),
      )
      return nullFor('conflict', made)
    },
    patch(name, body) {
      const done = ask<ConfigMapObject>({ verb: 'patch', name }, (api) =>
        api.patchNamespacedConfigMap({ namespace, name, body, ...by }, merge),
      )
      return nullFor('absent', nullFor('conflict', done))
    },
    remove(name, preconditions) {
      const gone = ask({ verb: 'delete', name, answers: ['ConfigMap', 'Status'] }, (api) =>
        api.deleteNamespacedConfigMap({ namespace, name, body: { preconditions } }),
      )
      return nullFor('absent', nullFor('conflict', gone))
    },
    async page(labelSelector, { limit, next }) {
      const what = { verb: 'list', answers: 'ConfigMapList', maxBytes: PAGE_MAX_BYTES } as const
      const { items, metadata } = await ask<ListAnswer>(what, (api) =>
        api.listNamespacedConfigMap({
          namespace,
          labelSelector,
          limit,
          ...(next ? { _continue: next } : {}),
        }),
      )
      const { resourceVersion, _continue: goOn } = metadata
      return { items, resourceVersion, ...(goOn ? { next: goOn } : {}) }
    },
  }
}
