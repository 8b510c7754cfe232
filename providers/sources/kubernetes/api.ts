/** The requests of the source: each with a limit, and again for a while when the API server is busy or away. */
import {
  CustomObjectsApi,
  EventsV1Api,
  PatchStrategy,
  setHeaderOptions,
  V1MicroTime,
} from '@kubernetes/client-node'
import type { Call } from '../../../src/contracts/call.ts'
import type { Clock } from '../../../src/contracts/clock.ts'
import type { KubernetesClient } from '../../shared/kubernetes/client.ts'
import { isAbsent } from '../../shared/kubernetes/errors.ts'
import {
  GROUP,
  KIND,
  type ObjectName,
  PAGE,
  PAGE_MAX_BYTES,
  PLURAL,
  VERSION,
} from '../../shared/kubernetes/managed-key.ts'
import { FIELD_MANAGER } from '../../shared/kubernetes/names.ts'
import { type Patience, sendPatiently } from '../../shared/kubernetes/patience.ts'
import type { ManagedKeyObject } from './objects.ts'

const REQUEST_LIMIT_MS = 15_000
const GIVE_UP_MS = 30_000
const MAX_NOTE = 1_024

export interface ObjectApi {
  /** Every object within reach, and the version of the list to watch from. */
  list(): Promise<{ items: ManagedKeyObject[]; version: string }>
  /** Null: there is none. */
  get(at: ObjectName): Promise<ManagedKeyObject | null>
  /** Merge patches; with a resourceVersion in them they are refused when the object has changed. */
  patch(at: ObjectName, body: object): Promise<ManagedKeyObject>
  patchStatus(at: ObjectName, body: object): Promise<ManagedKeyObject>
  tell(about: ManagedKeyObject, event: { reason: string; note: string; action: string }): Promise<void>
}

/** `reach`: the one namespace that is listed; undefined: all of the cluster. */
export function openObjectApi(
  client: KubernetesClient,
  clock: Clock,
  {
    reach = () => undefined,
    fieldManager = FIELD_MANAGER,
  }: { reach?: () => string | undefined; fieldManager?: string } = {},
): ObjectApi {
  const kind = { group: GROUP, version: VERSION, plural: PLURAL }
  const subject = { group: GROUP, resource: PLURAL, kind: KIND }
  const send = <T>(ask: (call: Call) => Promise<T>) => sendPatiently(patienceOf(clock), ask)
  const custom = <T>(
    asked: Parameters<KubernetesClient['request']>[1],
    verb: (api: CustomObjectsApi) => Promise<T>,
  ): Promise<T> => send((call) => client.request(CustomObjectsApi, asked, call, verb))
  return {
    list: () =>
      listAll((next) => {
        const asked = { ...subject, verb: 'list', answers: `${KIND}List`, maxBytes: PAGE_MAX_BYTES } as const
        const page = { limit: PAGE, ...next }
        const namespace = reach()
        if (namespace === undefined)
          return custom<ListAnswer>(asked, (api) =>
            api.listCustomObjectForAllNamespaces({ ...kind, resourcePlural: PLURAL, ...page }),
          )
        return custom<ListAnswer>({ ...asked, namespace }, (api) =>
          api.listNamespacedCustomObject({ ...kind, namespace, ...page }),
        )
      }),
    async get(at) {
      try {
        return await custom({ ...subject, verb: 'get', ...at }, (api) =>
          api.getNamespacedCustomObject({ ...kind, ...at }),
        )
      } catch (error) {
        if (isAbsent(error)) return null
        throw error
      }
    },
    patch: (at, body) =>
      custom({ ...subject, verb: 'patch', ...at }, (api) =>
        api.patchNamespacedCustomObject({ ...kind, ...at, body, fieldManager }, merge),
      ),
    patchStatus: (at, body) =>
      custom({ ...subject, resource: `${PLURAL}/status`, verb: 'patch', ...at }, (api) =>
        api.patchNamespacedCustomObjectStatus({ ...kind, ...at, body, fieldManager }, merge),
      ),
    async tell({ metadata }, told) {
      const { namespace } = metadata
      const asked = {
        verb: 'create',
        group: 'events.k8s.io',
        resource: 'events',
        kind: 'Event',
        namespace,
      } as const
      const body = makeEvent(metadata, told, clock)
      await send((call) =>
        client.request(EventsV1Api, asked, call, (api) => api.createNamespacedEvent({ namespace, body })),
      )
    },
  }
}

function makeEvent(
  { namespace, name, uid }: ManagedKeyObject['metadata'],
  { reason, note, action }: { reason: string; note: string; action: string },
  clock: Clock,
) {
  return {
    metadata: { namespace, generateName: `${name}-` },
    eventTime: new V1MicroTime(clock.wallMs()),
    ...{ reason, action, type: 'Normal' },
    note: note.length <= MAX_NOTE ? note : `${note.slice(0, MAX_NOTE - 1)}…`,
    regarding: { apiVersion: `${GROUP}/${VERSION}`, kind: KIND, namespace, name, uid },
    reportingController: 'keyrota.dev/keyrota',
    reportingInstance: FIELD_MANAGER,
  }
}

async function listAll(
  read: (next: { _continue?: string }) => Promise<ListAnswer>,
): Promise<{ items: ManagedKeyObject[]; version: string }> {
  const items: ManagedKeyObject[] = []
  for (let next: { _continue?: string } = {}; ; ) {
    const { items: some, metadata } = await read(next)
    items.push(...some)
    if (!metadata.continue) return { items, version: metadata.resourceVersion }
    next = { _continue: metadata.continue }
  }
}

const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)

interface ListAnswer {
  items: ManagedKeyObject[]
  metadata: { resourceVersion: string; continue?: string }
}

/** Every request here may be sent twice: what it brings about is the same. */
export function patienceOf(clock: Clock): Patience {
  return { clock, limitMs: REQUEST_LIMIT_MS, giveUpMs: GIVE_UP_MS }
}
