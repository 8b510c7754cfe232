/** Reads one object of any kind and patches it. */
import { CustomObjectsApi, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node'
import type { Call } from '../../../src/contracts/call.ts'
import type { KubernetesClient } from './client.ts'
import { FIELD_MANAGER } from './names.ts'

export interface ObjectAddress {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

export interface CustomObject<T> {
  read(call: Call): Promise<T>
  /** A JSON merge patch; with `dryRun` the server does everything but store it. */
  patch(body: object, call: Call, dryRun?: boolean): Promise<T>
}

/** `T`: what Keyrota reads of it. The API server knows its schema, and not this program. */
export function openCustomObject<T>(client: KubernetesClient, about: ObjectAddress): CustomObject<T> {
  const { kind, ...address } = about
  const { group, namespace, name } = about
  const asked = { group, resource: about.plural, kind, namespace, name }
  return {
    read: (call) =>
      client.request(CustomObjectsApi, { ...asked, verb: 'get' }, call, (api) =>
        api.getNamespacedCustomObject(address),
      ),
    patch: (body, call, dryRun = false) =>
      client.request(CustomObjectsApi, { ...asked, verb: 'patch' }, call, (api) =>
        api.patchNamespacedCustomObject(
          { ...address, body, fieldManager: FIELD_MANAGER, ...(dryRun ? { dryRun: 'All' } : {}) },
          setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
        ),
      ),
  }
}
