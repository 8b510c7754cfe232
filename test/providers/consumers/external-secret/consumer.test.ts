/* The operator takes the key over, and only then are workloads restarted. */

import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import type {
  ExternalSecret,
  ExternalSecretApi,
  Synced,
} from '../../../../providers/consumers/external-secret/api.ts'
import { makeSyncedConsumer } from '../../../../providers/consumers/external-secret/consumer.ts'
import type { Consumer } from '../../../../src/contracts/consumer.ts'
import { newCall, refused } from '../../../laws/secret-store/helpers.ts'
import { makeTinyWorkload } from '../../../shared/stand-ins/kubernetes/tiny-workload.ts'
import { VirtualClock } from '../../../shared/virtual-clock.ts'

const [OLD, NEW] = ['0123456789abcdef', 'fedcba9876543210']

/** An operator that takes this long for a refresh; undefined: it never makes one. */
function stage({
  takesMs = 1_500,
  spec = {},
  behind = true,
}: {
  takesMs?: number | undefined
  spec?: ExternalSecret['spec']
  behind?: boolean
} = {}) {
  const clock = new VirtualClock()
  const object: ExternalSecret = { metadata: {}, spec }
  const synced: { -readonly [K in keyof Synced]: Synced[K] } = {
    fingerprint: OLD,
    owners: ['ExternalSecret'],
  }
  const state = { outside: NEW, refreshes: 0, takesMs: takesMs as number | undefined }
  const take = (call: Parameters<ExternalSecretApi['read']>[0]) => {
    call.signal.throwIfAborted()
    call.beforeSend()
  }
  const source: ExternalSecretApi = {
    about: { source: 'shop/web', secret: 'shop/web', field: 'API_KEY' },
    read: async (call) => {
      take(call)
      return structuredClone(object)
    },
    patch: async (body, call, dryRun = false) => {
      take(call)
      if (dryRun) return structuredClone(object)
      Object.assign(object, { metadata: (body as ExternalSecret).metadata })
      state.refreshes += 1
      if (state.takesMs !== undefined)
        clock.after(state.takesMs, () => {
          synced.fingerprint = state.outside
        })
      return structuredClone(object)
    },
    readSynced: async (call) => {
      take(call)
      return { ...synced }
    },
  }
  const workload = makeTinyWorkload(clock)
  clock.pass(60_000)
  const settings = {
    ...{ provider: 'web', clock, restarts: true, maxCrashes: 3 },
    ...{ gatherMs: 3_000, reloaderMs: 4_000, waitMs: 8_000, settleMs: 2_000 },
  }
  const consumer = makeSyncedConsumer(
    () => ({ source, workloads: behind ? [workload] : [] }),
    settings,
  ) as Required<Consumer>
  return { clock, state, synced, object, source, workload, consumer }
}

const wanted = { fingerprint: NEW, since: 0 }

test('a refresh is asked for, the Secret is waited for, and then the workload restarts', async () => {
  const { clock, state, synced, object, workload, consumer } = stage()
  let heldAtRestart: string | undefined
  workload.onPod = () => {
    heldAtRestart = synced.fingerprint
  }
  const after = clock.wallMs()
  await consumer.restart('mark-1', newCall(), wanted)
  assert.equal(state.refreshes, 1)
  assert.match(object.metadata.annotations?.['force-sync'] ?? '', /^\d{10}$/)
  assert.equal(heldAtRestart, NEW)
  assert.equal(workload.restarts(), 1)
  const ready = await consumer.ready({ mark: 'mark-1', after, fingerprint: NEW }, newCall())
  assert.equal(ready.is, 'ready')
  assert.ok((ready.oldestStart ?? 0) >= after)
})

test('a repeat of its mark refreshes and restarts nothing', async () => {
  const { state, workload, consumer } = stage()
  await consumer.restart('mark-1', newCall(), wanted)
  await consumer.restart('mark-1', newCall(), wanted)
  assert.deepEqual([state.refreshes, workload.restarts()], [1, 1])
})

test('the operator does nothing: no workload restarts, and the error names what to look at', async () => {
  const rig = stage()
  rig.state.takesMs = undefined
  const error = await refused(rig.consumer.restart('mark-1', newCall(), wanted), 'unavailable')
  assert.match(error.message, new RegExp(`Secret shop/web still holds ${OLD} after a refresh`))
  assert.match(error.nextStep, /kubectl describe externalsecret web -n shop/)
  assert.equal(error.effect, 'none')
  assert.equal(rig.workload.restarts(), 0)
  // The next try has a mark of its own, so the operator is asked again.
  rig.state.takesMs = 0
  await rig.consumer.restart('mark-2', newCall(), wanted)
  assert.deepEqual([rig.state.refreshes, rig.workload.restarts()], [2, 1])
})

test('it is not ready while the Secret holds another key, whatever its pods do', async () => {
  const { synced, consumer } = stage()
  const before = await consumer.ready({ mark: '', after: 0, fingerprint: NEW }, newCall())
  assert.deepEqual([before.is, before.why], ['progressing', `Secret shop/web still holds ${OLD}`])
  delete synced.fingerprint
  const gone = await consumer.ready({ mark: '', after: 0, fingerprint: NEW }, newCall())
  assert.match(gone.why ?? '', /has no field API_KEY/)
})

test('a part of a key is enough, since a field has one part', async () => {
  const { synced, consumer } = stage()
  synced.fingerprint = NEW
  const about = { mark: '', after: 0, fingerprint: `id:${OLD},secret:${NEW}` }
  assert.equal((await consumer.ready(about, newCall())).is, 'ready')
})

test('back from a first key there is nothing to wait for', async () => {
  const { workload, consumer } = stage({ takesMs: undefined })
  await consumer.restart('mark-1', newCall(), { fingerprint: '', since: 0 })
  assert.equal(workload.restarts(), 1)
})

test('without workloads the Secret proves nothing of who reads it', async () => {
  const { synced, consumer } = stage({ behind: false })
  synced.fingerprint = NEW
  const { is, oldestStart, fingerprint } = await consumer.ready(
    { mark: 'm', after: 0, fingerprint: NEW },
    newCall(),
  )
  assert.deepEqual([is, oldestStart, fingerprint], ['ready', undefined, undefined])
})

describe('before anything is done', () => {
  test('a sound one has nothing to say', async () => {
    const { state, consumer } = stage({ spec: { refreshInterval: '1h' } })
    assert.deepEqual(await consumer.check({ targets: [] }, newCall()), { problems: [], notes: [] })
    assert.equal(state.refreshes, 0)
  })

  const pinned = { data: [{ secretKey: 'API_KEY', remoteRef: { version: '3' } }] }
  const rows: readonly [string, ExternalSecret['spec'], RegExp][] = [
    ['CreatedOnce', { refreshPolicy: 'CreatedOnce' }, /CreatedOnce/],
    ['an interval of nothing', { refreshInterval: '0s' }, /refreshInterval 0/],
    ['an interval of nothing, as the API writes it', { refreshInterval: '0h0m0s' }, /refreshInterval 0/],
    ['another Secret', { target: { name: 'other' } }, /writes the Secret other/],
    ['one version', pinned, /one version only/],
  ]
  test.each(rows)('%s is a problem', async (_, spec, says) => {
    const { problems } = await stage({ spec }).consumer.check({ targets: [] }, newCall())
    assert.equal(problems.length, 1)
    assert.match(problems[0]?.text ?? '', says)
  })

  test.each<ExternalSecret['spec']>([
    { refreshPolicy: 'OnChange', refreshInterval: '0s' },
    { refreshInterval: '10s' },
    { target: { name: 'web' } },
    { data: [{ secretKey: 'OTHER', remoteRef: { version: '3' } }] },
  ])('%j is none', async (spec) => {
    assert.deepEqual((await stage({ spec }).consumer.check({ targets: [] }, newCall())).problems, [])
  })

  test('a Secret that something else owns too is noted, and a missing field is a problem', async () => {
    const { synced, consumer } = stage()
    synced.owners = ['ExternalSecret', 'VaultStaticSecret']
    delete synced.fingerprint
    const { problems, notes } = await consumer.check({ targets: [] }, newCall())
    assert.match(problems[0]?.text ?? '', /has no field API_KEY/)
    assert.match(notes[0] ?? '', /VaultStaticSecret/)
  })

  test('the workload is asked too', async () => {
    const { workload, consumer } = stage()
    workload.patchAs({ spec: { paused: true } })
    assert.match((await consumer.check({ targets: [] }, newCall())).problems[0]?.text ?? '', /is paused/)
  })
})
