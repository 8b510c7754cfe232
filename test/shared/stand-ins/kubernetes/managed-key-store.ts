/* The objects behind the stand-in of an API server: versions, lists in pages, watches. */
import type { ServerResponse } from 'node:http'
import { applyJsonPatch, applyMergePatch, matchesSelector, prune, Refused } from './object-rules.ts'

export interface StoredObject {
  kind: string
  metadata: {
    name: string
    namespace: string
    uid: string
    resourceVersion: string
    generation?: number
    labels?: Record<string, string>
  }
  spec?: object
  status?: object
  [more: string]: unknown
}

export interface SeenCall {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
}

interface Watcher {
  response: ServerResponse
  kind: string
  selector: string | null
  namespace: string | undefined
}

const PATH =
  /^\/(?:apis\/keyrota\.dev\/v1alpha1|apis\/events\.k8s\.io\/v1|api\/v1)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>managedkeys|events|configmaps)(?:\/(?<name>[^/]+))?(?<status>\/status)?$/

const KINDS: Readonly<Record<string, string>> = {
  managedkeys: 'ManagedKey',
  events: 'Event',
  configmaps: 'ConfigMap',
}

export class Store {
  readonly keys = new Map<string, StoredObject>()
  readonly events = new Map<string, StoredObject>()
  readonly configMaps = new Map<string, StoredObject>()
  readonly #changes: { version: number; type: string; object: StoredObject }[] = []
  readonly #watchers = new Set<Watcher>()
  /** Lists as they were when their first page was read. */
  readonly #lists = new Map<string, { items: StoredObject[]; version: number }>()
  #version = 100
  #compactedTo = 0

  get openWatches(): number {
    return this.#watchers.size
  }

  answer(
    { method, path, query }: SeenCall,
    contentType: string,
    body: string,
    response: ServerResponse,
  ): { status: number; body: object } | null {
    const found = PATH.exec(path)?.groups
    if (!found) throw new Refused(404, `no such path: ${path}`)
    const { namespace, name, status, resource = '' } = found
    const kind = KINDS[resource] ?? ''
    if (method === 'GET' && query.get('watch')) {
      this.#watch(query, { response, namespace, kind, selector: query.get('labelSelector') })
      return null
    }
    if (method === 'GET' && name === undefined)
      return { status: 200, body: this.#list(kind, namespace, query) }
    const given = body === '' ? undefined : JSON.parse(body)
    if (method === 'POST' && namespace) return { status: 201, body: this.#create(kind, namespace, given) }
    if (!namespace || !name) throw new Refused(405, method)
    const at = `${namespace}/${name}`
    if (method === 'PATCH' && contentType === 'application/apply-patch+yaml' && !this.keys.has(at))
      return { status: 201, body: this.#create(kind, namespace, given) }
    const object = this.#mapOf(kind).get(at)
    if (!object) throw new Refused(404, `${at} not found`)
    if (method === 'GET') return { status: 200, body: object }
    if (method === 'DELETE') return { status: 200, body: this.#remove(at, object, given) }
    if (method !== 'PATCH') throw new Refused(405, method)
    return { status: 200, body: this.#patch(object, given, contentType, status !== undefined) }
  }

  #mapOf(kind: string): Map<string, StoredObject> {
    if (kind === 'ConfigMap') return this.configMaps
    return kind === 'ManagedKey' ? this.keys : this.events
  }

  #create(kind: string, namespace: string, given: StoredObject): StoredObject {
    const at = `${namespace}/${given.metadata.name}`
    if (this.#mapOf(kind).has(at)) throw new Refused(409, 'AlreadyExists')
    const { status, ...rest } = given
    const metadata = { ...given.metadata, namespace, uid: `uid-${this.#version}`, generation: 1 }
    return this.#store(kind, 'ADDED', { ...rest, kind, metadata: { ...metadata, resourceVersion: '' } })
  }

  #patch(object: StoredObject, given: object, contentType: string, isStatus: boolean): StoredObject {
    const asked = (given as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion
    if (asked !== undefined && asked !== object.metadata.resourceVersion) throw new Refused(409, 'Conflict')
    const patched = (
      contentType === 'application/json-patch+json'
        ? applyJsonPatch(object, given as never)
        : applyMergePatch(object, given)
    ) as StoredObject
    const { uid, name, namespace } = object.metadata
    const generation = object.metadata.generation ?? 1
    if (isStatus) {
      const { status } = patched
      return this.#store(object.kind, 'MODIFIED', { ...object, ...(status ? { status } : {}) })
    }
    const isSame = JSON.stringify(patched.spec) === JSON.stringify(object.spec)
    const metadata = { ...patched.metadata, uid, name, namespace, generation: generation + (isSame ? 0 : 1) }
    const { status } = object
    return this.#store(object.kind, 'MODIFIED', { ...patched, metadata, ...(status ? { status } : {}) })
  }

  #remove(
    at: string,
    object: StoredObject,
    given: { preconditions?: Record<string, string> } = {},
  ): StoredObject {
    const { uid, resourceVersion } = object.metadata
    const { uid: wantedUid = uid, resourceVersion: wanted = resourceVersion } = given.preconditions ?? {}
    if (wantedUid !== uid || wanted !== resourceVersion) throw new Refused(409, 'Conflict')
    this.#mapOf(object.kind).delete(at)
    this.#version += 1
    const gone = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } }
    this.#tell('DELETED', gone)
    return gone
  }

  #store(kind: string, type: string, object: StoredObject): StoredObject {
    const pruned = kind === 'ManagedKey' ? prune(object) : object
    const { metadata } = object
    this.#version += 1
    const stored = {
      ...pruned,
      kind,
      metadata: { ...metadata, resourceVersion: String(this.#version) },
    } as StoredObject
    this.#mapOf(kind).set(`${metadata.namespace}/${metadata.name}`, stored)
    if (kind !== 'Event') this.#tell(type, stored)
    return stored
  }

  #list(kind: string, namespace: string | undefined, query: URLSearchParams): object {
    const goOn = query.get('continue')
    const [id = '', skip = '0'] = goOn?.split('.') ?? []
    const known = this.#lists.get(id)
    if (goOn && !known) throw new Refused(410, 'Expired')
    const inOrder = [...this.#mapOf(kind)]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, object]) => object)
    const list = known ?? {
      version: this.#version,
      items: inOrder.filter(
        ({ metadata }) =>
          (namespace === undefined || metadata.namespace === namespace) &&
          matchesSelector(metadata.labels ?? {}, query.get('labelSelector')),
      ),
    }
    const limit = Number(query.get('limit') ?? list.items.length)
    const end = Number(skip) + limit
    const name = known ? id : `list${this.#lists.size}`
    const next = end < list.items.length ? { continue: `${name}.${end}` } : {}
    if (next.continue) this.#lists.set(name, list)
    const metadata = { resourceVersion: String(list.version), ...next }
    return { kind: `${kind}List`, metadata, items: list.items.slice(Number(skip), end) }
  }

  #watch(query: URLSearchParams, watcher: Watcher): void {
    const from = Number(query.get('resourceVersion'))
    const { response } = watcher
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    if (from < this.#compactedTo) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410 } })}\n`)
      return
    }
    this.#watchers.add(watcher)
    response.on('close', () => this.#watchers.delete(watcher))
    for (const { version, type, object } of this.#changes)
      if (version > from) sendEvent(watcher, type, object)
  }

  #tell(type: string, object: StoredObject): void {
    this.#changes.push({ version: this.#version, type, object })
    for (const watcher of this.#watchers) sendEvent(watcher, type, object)
  }

  endWatches(how: 'end' | 'cut'): void {
    for (const { response } of this.#watchers) {
      if (how === 'end') response.end()
      else response.destroy()
    }
  }

  compact(): void {
    this.#version += 1
    this.#compactedTo = this.#version
    this.#lists.clear()
  }

  bookmark(): void {
    const metadata = { resourceVersion: String(this.#version) }
    for (const watcher of this.#watchers)
      sendEvent(watcher, 'BOOKMARK', { kind: watcher.kind, metadata } as never)
  }
}

function sendEvent(watcher: Watcher, type: string, object: StoredObject): void {
  const { response, namespace, kind, selector } = watcher
  const { namespace: place, labels = {} } = object.metadata
  const isSeen = kind === object.kind && (namespace === undefined || place === namespace)
  if (type !== 'BOOKMARK' && !(isSeen && matchesSelector(labels, selector))) return
  response.write(`${JSON.stringify({ type, object })}\n`)
}
