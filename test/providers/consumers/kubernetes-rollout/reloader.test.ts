/* Beside Stakater Reloader: no second restart where its own came late enough, or the pods prove their key. */

import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { newCall } from '../../../laws/secret-store/helpers.ts'
import { makeWorkloadRig, type WorkloadRig } from './rig.ts'

const wantedSince = (since: number) => ({ fingerprint: '', since })
const told = (name: string, value = 'true') => ({ metadata: { annotations: { [name]: value } } })
/** What Reloader does to a template; its digest is of the content of the Secret. */
const reload = (content: string) => ({
  spec: {
    template: {
      spec: { containers: [{ name: 'main', env: [{ name: 'STAKATER_APP_SECRET', value: content }] }] },
    },
  },
})

function makeReloaded(name = 'reloader.stakater.com/auto'): WorkloadRig {
  const rig = makeWorkloadRig()
  rig.workload.patchAs(told(name))
  return rig
}

const proof = { annotation: 'shop.example/key' }

test.each([
  'reloader.stakater.com/auto',
  'reloader.stakater.com/search',
  'secret.reloader.stakater.com/auto',
  'secret.reloader.stakater.com/reload',
])('%s: its restart is waited for, and none is added', async (name) => {
  const { workload, clock, consumer } = makeReloaded(name)
  const after = clock.wallMs()
  const reloads = clock.sleep(4_500).then(() => workload.patchAs(reload('new')))
  await Promise.all([consumer().restart('mark-1', newCall(), wantedSince(after)), reloads])
  assert.equal(workload.restarts(), 1)
  assert.equal((await consumer().ready({ mark: 'mark-1', after }, newCall())).is, 'ready')
})

test('it restarted before we asked, when the stores had settled: none is added', async () => {
  const { workload, clock, consumer } = makeReloaded()
  const since = clock.wallMs()
  clock.pass(2_000)
  workload.patchAs(reload('new'))
  clock.pass(3_000)
  const after = clock.wallMs()
  await consumer().restart('mark-1', newCall(), wantedSince(since))
  assert.equal(workload.restarts(), 1)
  assert.equal((await consumer().ready({ mark: 'mark-1', after }, newCall())).is, 'ready')
})

test('it restarted before the stores had settled: the pods may hold the old key, so they are restarted', async () => {
  const { workload, clock, consumer } = makeReloaded()
  workload.patchAs(reload('new'))
  clock.pass(2_000)
  const after = clock.wallMs()
  await consumer().restart('mark-1', newCall(), wantedSince(after))
  assert.equal(workload.restarts(), 2)
  assert.equal((await consumer().ready({ mark: 'mark-1', after }, newCall())).is, 'ready')
})

test('it does nothing within its time: Keyrota restarts', async () => {
  const { workload, clock, consumer } = makeReloaded()
  const began = clock.monotonicMs()
  await consumer().restart('mark-1', newCall())
  assert.equal(workload.restarts(), 1)
  assert.ok(clock.monotonicMs() - began <= 14_000)
})

test.each([['false'], ['']])('told %j it is none of our concern', async (value) => {
  const rig = makeWorkloadRig()
  rig.workload.patchAs(told('reloader.stakater.com/auto', value))
  await rig.consumer().restart('mark-1', newCall())
  assert.deepEqual(rig.workload.requests, ['get', 'patch'])
})

describe('where the pods prove their key', () => {
  test('a restart of Reloader that came early is trusted once, and the proof decides', async () => {
    const { workload, clock, consumer } = makeReloaded()
    workload.onPod = (pod) => {
      if (pod.metadata) pod.metadata.annotations = { 'shop.example/key': '0123456789abcdef' }
    }
    workload.patchAs(reload('new'))
    clock.pass(2_000)
    const since = clock.wallMs()
    const one = consumer({ proof })
    await one.restart('mark-1', newCall(), wantedSince(since))
    assert.equal(workload.restarts(), 1)
    const ready = await one.ready({ mark: 'mark-1', after: since }, newCall())
    assert.deepEqual([ready.is, ready.fingerprint], ['ready', '0123456789abcdef'])
    // That it is ready proves nothing by its start, which came too early.
    assert.ok((ready.oldestStart ?? 0) < since)
    // It shows the old key: the next mark is a restart of our own.
    await one.restart('mark-2', newCall(), wantedSince(since))
    assert.equal(workload.restarts(), 2)
  })
})
