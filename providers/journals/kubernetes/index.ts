/** The journal in ManagedKey objects of a Kubernetes cluster. */
import type { Journal, JournalContext } from '../../../src/contracts/journal.ts'
import { toClosedError } from '../../shared/journal/errors.ts'
import { createLeaseWatch } from '../../shared/journal/lease-watch.ts'
import { type KubernetesClient, openClient } from '../../shared/kubernetes/client.ts'
import { openApi } from './api.ts'
import { type Claiming, claimKey, releaseClaim, renewClaim } from './claims.ts'
import { commitRecord, forgetRecord } from './commit.ts'
import { openConfigMaps } from './config-maps.ts'
import { declareKeys } from './declare.ts'
import { type Documenting, newDocumenting, openDocuments } from './documents.ts'
import { toJournalError } from './errors.ts'
import { follow } from './follow.ts'
import { followDocuments } from './follow-documents.ts'
import { findHolders, type Listing, listRecords, take } from './listing.ts'
import { noteLooks } from './looks.ts'
import { moveRecord } from './move.ts'
import type { Options } from './options.ts'
import { findFinished, loadKey, readTrail } from './reads.ts'
import { openRecorder, type Recorder } from './recorder.ts'

/** What the verbs work with; made at the first use, which reads the kubeconfig. */
interface Hand {
  readonly by: Claiming
  readonly listing: Listing
  readonly documenting: Documenting
}

function openHand(
  client: KubernetesClient,
  options: Options,
  context: JournalContext,
  recorder: Recorder,
): Hand {
  const { clock, random, summarize, installation } = context
  const api = openApi(client, clock, options)
  const own = client.namespace()
  const namespace = options.namespaces === 'all' ? undefined : own
  const listing: Listing = { api, clock, own, namespace, cache: new Map(), source: { is: 'nothing' } }
  const by: Claiming = {
    api,
    clock,
    own,
    seen: new Map(),
    sightedAt: new Map(),
    leases: createLeaseWatch(context),
    random,
    summarize,
    ...recorder,
    notice(object) {
      if (listing.source.is !== 'nothing') take(listing, object)
    },
  }
  const documenting = newDocumenting({
    api: openConfigMaps(client, clock, options),
    clock,
    installation,
  })
  return { by, listing, documenting }
}

export function make(options: Options, context: JournalContext): Journal {
  const client = openClient(context.name, options)
  const stop = new AbortController()
  const recorder = openRecorder(client, options, context)
  let hand: Hand | undefined

  async function work<T>(run: (hand: Hand) => Promise<T>): Promise<T> {
    if (stop.signal.aborted) throw toClosedError()
    try {
      hand ??= openHand(client, options, context, recorder)
      return await run(hand)
    } catch (error) {
      throw toJournalError(error)
    }
  }
  return {
    claim: (key, by) => work((held) => claimKey(held.by, key, by)),
    renew: (claim) => work(({ by }) => renewClaim(by, claim)),
    commit: (claim, request) => work(({ by }) => commitRecord(by, claim, request)),
    move: (from, to, request) => work(({ by }) => moveRecord(by, { from, to }, request)),
    forget: (claim, request) => work(({ by }) => forgetRecord(by, claim, request)),
    release: (claim) => work(({ by }) => releaseClaim(by, claim)),
    noteLooks: (keys, at) => work(({ by }) => noteLooks(by, keys, at)),
    load: (key) => work(({ by }) => loadKey(by, key)),
    list: (page) => work(({ listing }) => listRecords(listing, page)),
    holders: (fingerprint) => work(({ listing }) => findHolders(listing, fingerprint)),
    trail: (page) => work((held) => readTrail(held, page)),
    finished: (rotation) => work(({ listing }) => findFinished(listing, rotation)),
    declare: (keys) => work(({ by, listing }) => declareKeys(by, listing, keys)),
    documents: openDocuments(
      (run) => work(({ documenting }) => run(documenting)),
      (changed, signal) =>
        work(({ documenting }) =>
          followDocuments(client, context.name, documenting, changed, AbortSignal.any([signal, stop.signal])),
        ),
    ),
    watch: (changed, signal) =>
      work(({ listing }) =>
        follow(client, context.name, listing, changed, AbortSignal.any([signal, stop.signal])),
      ),
    async close() {
      if (stop.signal.aborted) return
      stop.abort()
      await recorder.close()
      client.close()
    },
  }
}
