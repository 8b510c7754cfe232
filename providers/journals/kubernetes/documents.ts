/*
 * Shared documents in ConfigMaps beside the objects, one each. The server's version is the compare-and-set, but it moves
 * with labels and annotations too: where it has moved, only our own revision in the data says whether somebody else has
 * changed the document.
 */
import type { Clock } from '../../../src/contracts/clock.ts'
import {
  checkDocumentId,
  checkDocumentText,
  type Document,
  type DocumentId,
  type Documents,
} from '../../../src/contracts/documents.ts'
import type { ConfigMapApi } from './config-maps.ts'
import {
  type Found,
  makeBody,
  objectNameOf,
  readObject,
  selectorOf,
  toContestedError,
  toLeavingError,
} from './document-objects.ts'

/** Tries against others who change labels or annotations of the same object. */
const MAX_TRIES = 5
/** Each may have half a MiB. */
const PAGE = 100
/** What a list has read goes on being used by the pages after the first one for so long. */
const PAGES_MS = 60_000
/** Objects whose version is remembered, so that a change needs no look first. */
const MOST_REMEMBERED = 1_000

export interface Documenting {
  readonly api: ConfigMapApi
  readonly clock: Clock
  readonly installation: string
  /** By name of the object, as they were last seen. */
  readonly seen: Map<string, Found>
  /** What a list has read beyond its page, by kind. */
  readonly rest: Map<
    string,
    { readonly after: string; readonly readAt: number; readonly documents: Document[] }
  >
}

export function newDocumenting(about: Omit<Documenting, 'seen' | 'rest'>): Documenting {
  return { ...about, seen: new Map(), rest: new Map() }
}

/** `work` runs what it is given with what is at hand, and turns its errors into those of a journal. */
export function openDocuments(
  work: <T>(run: (by: Documenting) => Promise<T>) => Promise<T>,
  watch: NonNullable<Documents['watch']>,
): Documents {
  return {
    read: (id) => work((by) => readDocument(by, id)),
    write: (id, change) => work((by) => writeDocument(by, id, change)),
    remove: (id, revision) => work((by) => removeDocument(by, id, revision)),
    list: (kind, page) => work((by) => listDocuments(by, kind, page)),
    watch,
  }
}

async function readDocument(by: Documenting, id: DocumentId): Promise<Document | null> {
  checkDocumentId(id)
  return (await find(by, id))?.document ?? null
}

async function find(by: Documenting, id: DocumentId): Promise<Found | null> {
  const name = objectNameOf(by.installation, id)
  const object = await by.api.get(name)
  const found = object && readObject(object, by.installation, id)
  return remember(by, name, found)
}

function remember({ seen }: Documenting, name: string, found: Found | null): Found | null {
  seen.delete(name)
  if (found) seen.set(name, found)
  const [oldest] = seen.keys()
  if (oldest !== undefined && seen.size > MOST_REMEMBERED) seen.delete(oldest)
  return found
}

async function writeDocument(
  by: Documenting,
  { kind, name }: DocumentId,
  { text, revision }: { text: string; revision: number },
): Promise<Document | 'conflict'> {
  const id = { kind, name }
  checkDocumentId(id)
  checkDocumentText(text)
  if (revision === 0) return await addDocument(by, { ...id, text })
  const data = { revision: String(revision + 1), text }
  return await change(by, id, revision, async (at, { version: resourceVersion }) => {
    const written = await by.api.patch(at, { metadata: { resourceVersion }, data })
    return written && (remember(by, at, readObject(written, by.installation, id))?.document ?? 'conflict')
  })
}

async function addDocument(
  by: Documenting,
  wanted: DocumentId & { text: string },
): Promise<Document | 'conflict'> {
  const body = makeBody(by.installation, wanted)
  const { name } = body.metadata
  const made = await by.api.create(body)
  if (made) return remember(by, name, readObject(made, by.installation, wanted))?.document ?? 'conflict'
  const there = await by.api.get(name)
  if (there?.metadata.deletionTimestamp !== undefined) throw toLeavingError(name)
  // Whoever's it is: a foreign one is refused here with what to do.
  if (there) remember(by, name, readObject(there, by.installation, wanted))
  return 'conflict'
}

async function removeDocument(
  by: Documenting,
  id: DocumentId,
  revision: number,
): Promise<'removed' | 'conflict'> {
  checkDocumentId(id)
  return await change(by, id, revision, async (at, { uid, version: resourceVersion }) => {
    const gone = await by.api.remove(at, { uid, resourceVersion })
    if (gone !== null) remember(by, at, null)
    return gone === null ? null : 'removed'
  })
}

/** Changes the object while its document has this revision. `send` returns null when the object has moved. */
async function change<T>(
  by: Documenting,
  id: DocumentId,
  revision: number,
  send: (at: string, found: Found) => Promise<T | null>,
): Promise<T | 'conflict'> {
  const at = objectNameOf(by.installation, id)
  const known = by.seen.get(at)
  let found = known?.document.revision === revision ? known : await find(by, id)
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    if (found?.document.revision !== revision) return 'conflict'
    const done = await send(at, found)
    if (done !== null) return done
    const { uid } = found
    found = await find(by, id)
    // Removed and made anew in between: its revisions have begun again.
    if (found && found.uid !== uid) return 'conflict'
  }
  throw toContestedError(at)
}

/** The server's order is that of its own names, so a kind is read as a whole, once for all pages. */
async function listDocuments(
  by: Documenting,
  kind: string,
  { after = '', limit }: { after?: string; limit: number },
): Promise<Document[]> {
  checkDocumentId({ kind, name: 'any' })
  const nowMs = by.clock.monotonicMs()
  const kept = by.rest.get(kind)
  by.rest.delete(kind)
  const isGoingOn = kept !== undefined && kept.after === after && nowMs - kept.readAt < PAGES_MS
  const all = isGoingOn ? kept.documents : (await readAll(by, kind)).filter(({ name }) => name > after)
  const page = all.slice(0, limit)
  const last = page.at(-1)
  if (last && all.length > limit) {
    const readAt = isGoingOn ? kept.readAt : nowMs
    by.rest.set(kind, { after: last.name, readAt, documents: all.slice(limit) })
  }
  return page
}

async function readAll({ api, installation }: Documenting, kind: string): Promise<Document[]> {
  const documents: Document[] = []
  let next: string | undefined
  do {
    const page = await api.page(selectorOf(installation, kind), { limit: PAGE, ...(next ? { next } : {}) })
    for (const object of page.items) {
      const found = readObject(object, installation)
      if (found) documents.push(found.document)
    }
    next = page.next
  } while (next !== undefined)
  return documents.sort((one, other) => (one.name < other.name ? -1 : 1))
}
