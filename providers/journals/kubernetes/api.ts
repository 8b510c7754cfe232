/** The requests for ManagedKey objects: each with a limit, tried again while the API server is slow, busy or away. */
import { CustomObjectsApi, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node'
import type { Clock } from '../../../src/contracts/clock.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Asked, KubernetesClient } from '../../shared/kubernetes/client.ts'
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
import { sendPatiently } from '../../shared/kubernetes/patience.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import type { ManagedKeyObject } from './objects.ts'
import type { Options } from './options.ts'

const asked = { group: GROUP, resource: PLURAL, kind: KIND } as const
const kind = { group: GROUP, version: VERSION, plural: PLURAL }

const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
const jsonPatch = setHeaderOptions('Content-Type', PatchStrategy.JsonPatch)
const serverSide = setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply)

export interface ObjectPage {
  readonly items: readonly ManagedKeyObject[]
  readonly resourceVersion: string
  /** Where the next page goes on; absent on the last one. */
  readonly next?: string
}

/** Everything throws ProviderError; `conflict` when the object changed since it was read. */
export interface ManagedKeyApi {
  /** Null: there is none. */
  get(at: ObjectName): Promise<ManagedKeyObject | null>
  /** Null: there is one of this name already. */
  create(at: ObjectName, labels: Readonly<Record<string, string>>): Promise<ManagedKeyObject | null>
  /** A merge patch of the status. A try without an answer is not repeated: the caller looks first. */
  patchStatus(at: ObjectName, patch: object): Promise<ManagedKeyObject>
  /** A JSON patch of the status, all of it or nothing; false when one of its tests failed, or there is no object. */
  testAndPatchStatus(at: ObjectName, operations: readonly object[]): Promise<boolean>
  /** A merge patch of everything but the status. */
  patch(at: ObjectName, patch: object): Promise<ManagedKeyObject>
  /** Server-side apply: what is given here is ours, and what is not stays as it is. */
  apply(object: {
    metadata: ObjectName & { labels: Readonly<Record<string, string>> }
    spec: object
  }): Promise<ManagedKeyObject>
  remove(at: ObjectName, uid: string, resourceVersion: string): Promise<void>
  page(from: { namespace?: string; selector?: string; next?: string }): Promise<ObjectPage>
}

export function openApi(client: KubernetesClient, clock: Clock, options: Options): ManagedKeyApi {
  const patience = {
    clock,
    limitMs: parseDurationMs(options.requestLimit),
    giveUpMs: parseDurationMs(options.giveUp),
  }
  const ask: Ask = (what, verb, repeat) =>
    sendPatiently(
      patience,
      (call) => client.request(CustomObjectsApi, { ...asked, ...what }, call, verb),
      repeat,
    )
  return { ...makeReading(ask), ...makeStatusWriting(ask), ...makeWriting(ask) }
}

/** One verb on ManagedKeys. `repeat`: whether a try without an answer may be made again. */
type Ask = <T>(
  what: Omit<Asked, 'group' | 'resource' | 'kind'> & { resource?: string },
  verb: (api: CustomObjectsApi) => Promise<T>,
  repeat?: 'when-refused',
) => Promise<T>

function makeReading(ask: Ask): Pick<ManagedKeyApi, 'get' | 'page'> {
  return {
    get: (at) =>
      nullFor(
        'absent',
        ask({ verb: 'get', ...at }, (api) => api.getNamespacedCustomObject({ ...kind, ...at })),
      ),
    async page({ namespace, selector, next }) {
      const more = {
        limit: PAGE,
        ...(next ? { _continue: next } : {}),
        ...(selector ? { labelSelector: selector } : {}),
      }
      const what = { verb: 'list', answers: `${KIND}List`, maxBytes: PAGE_MAX_BYTES } as const
      const listed = await ask<ListAnswer>({ ...what, namespace }, (api) =>
        namespace
          ? api.listNamespacedCustomObject({ ...kind, namespace, ...more })
          : api.listCustomObjectForAllNamespaces({ ...kind, resourcePlural: PLURAL, ...more }),
      )
      const { resourceVersion, continue: goOn } = listed.metadata
      return { items: listed.items, resourceVersion, ...(goOn ? { next: goOn } : {}) }
    },
  }
}

function makeStatusWriting(ask: Ask): Pick<ManagedKeyApi, 'patchStatus' | 'testAndPatchStatus'> {
  const status = { verb: 'patch', resource: `${PLURAL}/status` } as const
  const patch = (at: ObjectName, body: object, how: typeof merge) => (api: CustomObjectsApi) =>
    api.patchNamespacedCustomObjectStatus({ ...kind, ...at, body, fieldManager: FIELD_MANAGER }, how)
  return {
    patchStatus: (at, body) => ask({ ...status, ...at }, patch(at, body, merge), 'when-refused'),
    async testAndPatchStatus(at, operations) {
      const done = ask({ ...status, ...at }, patch(at, operations, jsonPatch))
      return (await nullFor('absent', nullFor('invalid', done))) !== null
    },
  }
}

function makeWriting(ask: Ask): Pick<ManagedKeyApi, 'create' | 'patch' | 'apply' | 'remove'> {
  const by = { fieldManager: FIELD_MANAGER }
  const head = { apiVersion: `${GROUP}/${VERSION}`, kind: KIND }
  return {
    create({ namespace, name }, labels) {
      const body = { ...head, metadata: { name, namespace, labels } }
      const made = ask({ verb: 'create', namespace, name }, (api) =>
        api.createNamespacedCustomObject({ ...kind, namespace, body, ...by }),
      )
      return nullFor('conflict', made)
    },
    patch: (at, body) =>
      ask({ verb: 'patch', ...at }, (api) =>
        api.patchNamespacedCustomObject({ ...kind, ...at, body, ...by }, merge),
      ),
    apply({ metadata, spec }) {
      const { namespace, name } = metadata
      const at = { namespace, name, body: { ...head, metadata, spec }, ...by, force: true }
      return ask({ verb: 'patch', namespace, name }, (api) =>
        api.patchNamespacedCustomObject({ ...kind, ...at }, serverSide),
      )
    },
    async remove(at, uid, resourceVersion) {
      const body = { preconditions: { uid, resourceVersion } }
      const gone = ask({ verb: 'delete', ...at, answers: [KIND, 'Status'] }, (api) =>
        api.deleteNamespacedCustomObject({ ...kind, ...at, body }),
      )
      await nullFor('absent', gone)
    },
  }
}

interface ListAnswer {
  items: ManagedKeyObject[]
  metadata: { resourceVersion: string; continue?: string }
}

/** Null instead of this refusal. */
export async function nullFor<T>(
  what: 'absent' | 'conflict' | 'invalid',
  asking: Promise<T>,
): Promise<T | null> {
  try {
    return await asking
  } catch (error) {
    const isIt = what === 'absent' ? isAbsent(error) : error instanceof ProviderError && error.code === what
    if (isIt) return null
    throw error
  }
}
