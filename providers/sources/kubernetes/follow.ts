/** Watches the objects for what people change: declarations, requests, deletions. The journal's own writes are no news. */
import { type Following, followObjects } from '../../shared/kubernetes/follow.ts'
import { FROM_LABEL } from '../../shared/kubernetes/managed-key.ts'
import type { WatchEvent } from '../../shared/kubernetes/watch.ts'
import type { ObjectApi } from './api.ts'
import { type ManagedKeyObject, readRequests } from './objects.ts'

type By = Pick<Following<ManagedKeyObject>, 'client' | 'clock' | 'provider' | 'namespace'> & {
  api: ObjectApi
}

/** Until aborted; a connection that breaks is the caller's, who starts this again. */
export async function follow({ api, ...by }: By, changed: () => void, signal: AbortSignal): Promise<void> {
  const known = new Map<string, string>()
  const following = {
    ...by,
    async read() {
      const { items, version } = await api.list()
      known.clear()
      for (const object of items) known.set(object.metadata.uid, digest(object))
      changed()
      return version
    },
    take(event: WatchEvent<ManagedKeyObject>) {
      if (isNews(event, known)) changed()
    },
  }
  await followObjects(following, signal)
}

function isNews({ type, object }: WatchEvent<ManagedKeyObject>, known: Map<string, string>): boolean {
  if (type === 'BOOKMARK') return false
  const { uid } = object.metadata
  if (type === 'DELETED') return known.delete(uid)
  const now = digest(object)
  const isSame = known.get(uid) === now
  known.set(uid, now)
  return !isSame
}

/** What people change; of a deleted object everything counts, since its end is waited for. */
function digest(object: ManagedKeyObject): string {
  const { generation, deletionTimestamp, resourceVersion, labels } = object.metadata
  const tokens = readRequests(object).map(({ token }) => token)
  const end = deletionTimestamp === undefined ? '' : resourceVersion
  return JSON.stringify([generation, tokens, end, labels?.[FROM_LABEL]])
}
