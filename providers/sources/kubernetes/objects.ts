/** ManagedKey objects as people declare keys by them, and what they ask for in annotations. */
import { createHash } from 'node:crypto'
import type { DeclaredKey, LeftRequest, RequestName } from '../../../src/contracts/key-source.ts'

export const GROUP = 'keyrota.dev'
export const VERSION = 'v1alpha1'
export const PLURAL = 'managedkeys'
export const KIND = 'ManagedKey'
export const FINALIZER = 'keyrota.dev/rotation'

const FROM_LABEL = 'keyrota.dev/from'
const PREFIX = 'keyrota.dev/'

interface FieldsEntry {
  readonly manager?: string
  readonly operation?: string
  readonly time?: string
  readonly fieldsV1?: {
    readonly 'f:metadata'?: { readonly 'f:annotations'?: Readonly<Record<string, unknown>> }
  }
}

export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
  readonly observedGeneration?: number
}

export interface ManagedKeyObject {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly creationTimestamp: string
    readonly generation?: number
    readonly deletionTimestamp?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly finalizers?: readonly string[]
    readonly managedFields?: readonly FieldsEntry[]
  }
  readonly spec?: unknown
  readonly status?: {
    readonly conditions?: readonly Condition[]
    /** The journal's; here only whose record it is counts. */
    readonly journal?: { readonly record?: string }
  }
}

/** The annotations of each request: its own, and those that say more about it. */
export const annotations: Readonly<Record<RequestName, readonly string[]>> = {
  compromised: [`${PREFIX}compromised`, `${PREFIX}leaked`, `${PREFIX}kill-by`],
  rollback: [`${PREFIX}rollback`],
  confirm: [`${PREFIX}confirm`],
  pause: [`${PREFIX}pause`],
  rotate: [`${PREFIX}rotate`],
}

/** `own`: the namespace in which the objects of the config's keys are. */
export function toDeclared(object: ManagedKeyObject, own: string): DeclaredKey {
  const { namespace, name, labels, creationTimestamp, deletionTimestamp, finalizers } = object.metadata
  const isOfTeam = namespace !== own || labels?.[FROM_LABEL] !== 'config'
  return {
    key: isOfTeam ? `${namespace}/${name}` : name,
    isOfTeam,
    namespace,
    name,
    spec: object.spec ?? {},
    createdAt: Date.parse(creationTimestamp),
    isLeaving: deletionTimestamp !== undefined,
    isHeld: finalizers?.includes(FINALIZER) ?? false,
    requests: readRequests(object),
    installation: readInstallation(object),
  }
}

/** Whose record the journal keeps in the object; a record that cannot be read is the journal's to complain about. */
function readInstallation({ status }: ManagedKeyObject): string | null {
  try {
    const { installation }: { installation?: unknown } = Object(JSON.parse(status?.journal?.record ?? 'null'))
    return typeof installation === 'string' ? installation : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** What is asked for now, the most pressing first. */
export function readRequests(object: ManagedKeyObject): LeftRequest[] {
  const names = Object.keys(annotations) as RequestName[]
  return names.flatMap((name) => readRequest(object, name) ?? [])
}

function readRequest({ metadata }: ManagedKeyObject, name: RequestName): LeftRequest | undefined {
  const [own = '', leakedName = '', killByName = ''] = annotations[name]
  const given = metadata.annotations ?? {}
  const words = given[own]
  if (words === undefined) return undefined
  const leaked = given[leakedName]
  const killBy = given[killByName]
  const entry = findSetter(metadata.managedFields ?? [], own)
  const { manager = '', operation = '', time = '' } = entry ?? {}
  // What a manifest says comes back at every sync: it counts once for each text.
  const since = isOfManifest(manager, operation) ? '' : time
  const said = [metadata.uid, name, words, leaked ?? '', killBy ?? '', manager, since]
  return {
    name,
    words,
    ...(leaked === undefined ? {} : { leaked }),
    ...(killBy === undefined ? {} : { killBy }),
    by: entry ? `${nameManager(manager)} (${operation}, ${time})` : null,
    token: createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 32),
  }
}

/** The server records who set which field; of several, the last one set it to what it is. */
function findSetter(entries: readonly FieldsEntry[], annotation: string): FieldsEntry | undefined {
  return entries
    .filter(({ fieldsV1 }) =>
      Object.hasOwn(fieldsV1?.['f:metadata']?.['f:annotations'] ?? {}, `f:${annotation}`),
    )
    .toSorted((a, b) => ((a.time ?? '') < (b.time ?? '') ? 1 : -1))[0]
}

function isOfManifest(manager: string, operation: string): boolean {
  return operation === 'Apply' || /apply|argocd|helm|flux|kustomize|pulumi|terraform/i.test(manager)
}

/** A client chooses its own name. */
function nameManager(manager: string): string {
  return /^[\w./-]{1,128}$/.test(manager) ? manager : 'a client with an unusual name'
}
