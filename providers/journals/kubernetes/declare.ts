/*
 * Objects for the keys of the config, so that `kubectl get managedkeys` shows every key, and what is left of those that
 * the config no longer has. One list; after that only what differs is written.
 */

import type { KeyConfig } from '../../../src/contracts/config.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { FROM_LABEL } from '../../shared/kubernetes/managed-key.ts'
import { type Committing, showRecord } from './commit.ts'
import { toTakenError } from './errors.ts'
import { type Listing, readPages, take } from './listing.ts'
import { isSameJson, makeMergePatch } from './merge-patch.ts'
import { LEFT_LABEL, type ManagedKeyObject } from './objects.ts'
import { readSound } from './record.ts'
import { describeSpec } from './spec.ts'

const AT_ONCE = 8

type Task = () => Promise<unknown>

/** @throws JournalError once everything else is done, when another's object has the name of a key of the config. */
export async function declareKeys(
  by: Committing,
  listing: Listing,
  keys: readonly KeyConfig[],
): Promise<void> {
  const wanted = new Map(keys.filter(({ name }) => !name.includes('/')).map((key) => [key.name, key]))
  const taken: string[] = []
  if (listing.source.is !== 'watch') listing.cache.clear()
  for await (const { items } of readPages(listing)) {
    const tasks: Task[] = []
    for (const object of items) {
      take(listing, object)
      const { name, namespace, labels } = object.metadata
      if (namespace !== by.own) continue
      const key = wanted.get(name)
      wanted.delete(name)
      if (labels?.[FROM_LABEL] === 'config') tasks.push(() => keepUp(by, object, key))
      else if (key) taken.push(name)
    }
    await runAll(tasks)
  }
  // The list that a run asks for next need not be read again.
  if (listing.source.is !== 'watch')
    listing.source = { is: 'pages', after: undefined, readAt: by.clock.monotonicMs() }
  await runAll([...wanted.values()].map((key) => () => applyKey(by, key)))
  const [first] = taken
  if (first !== undefined) throw toTakenError(taken.slice(0, 5).join(', '), by.own)
}

async function keepUp(by: Committing, object: ManagedKeyObject, key: KeyConfig | undefined): Promise<void> {
  const { name, namespace, uid, resourceVersion, labels } = object.metadata
  const state = object.status?.journal
  const isLeft = labels?.[LEFT_LABEL] !== undefined
  const isEmpty = state === undefined || (state.revision === 0 && state.claimId === '' && !state.arrival)
  if (!key && isEmpty) return unlessChanged(by.api.remove({ namespace, name }, uid, resourceVersion))
  let latest = object
  if (isLeft === (key !== undefined)) {
    const value = key ? null : 'true'
    latest = await by.api.patch({ namespace, name }, { metadata: { labels: { [LEFT_LABEL]: value } } })
  }
  if (key && !isSameJson(object.spec ?? {}, describeSpec(key))) latest = await applyKey(by, key)
  await showAnew(by, latest)
}

function applyKey({ api, own }: Committing, key: KeyConfig): Promise<ManagedKeyObject> {
  const metadata = { namespace: own, name: key.name, labels: { [FROM_LABEL]: 'config' } }
  return api.apply({ metadata, spec: describeSpec(key) })
}

/** What people read follows the config: when the next rotation is due, or that the key is not in it any more. */
async function showAnew(by: Committing, object: ManagedKeyObject): Promise<void> {
  const state = object.status?.journal
  const { name, namespace, resourceVersion } = object.metadata
  // Whoever holds the key writes its status anyway.
  if (state === undefined || state.claimId !== '' || state.key !== name) return
  const record = readSound(name, state)
  if (record === null) return
  const status = makeMergePatch(object.status ?? {}, showRecord(by, object, record, state))
  if (Object.keys(status).length === 0) return
  await unlessChanged(by.api.patchStatus({ namespace, name }, { metadata: { resourceVersion }, status }))
}

/** Who changed the object meanwhile did so with a newer state than this one. */
async function unlessChanged(doing: Promise<unknown>): Promise<void> {
  try {
    await doing
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code !== 'conflict') throw error
  }
}

async function runAll(tasks: Task[]): Promise<void> {
  const work = async () => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) await task()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}
