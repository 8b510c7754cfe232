/* One restart for every mark that asked in time, whatever process it is of. */

import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { ProviderError } from '../../../../src/contracts/errors.ts'
import { newCall } from '../../../laws/secret-store/helpers.ts'
import { makeWorkloadRig, restartedAt } from './rig.ts'

const template = ({ object }: ReturnType<typeof makeWorkloadRig>['workload']) =>
  object.spec?.template?.metadata?.annotations ?? {}

test('a restart sets what kubectl sets, and its mark', async () => {
  const { workload, consumer, clock } = makeWorkloadRig()
  await consumer().restart('mark-1', newCall())
  assert.equal(workload.restarts(), 1)
  assert.equal(template(workload)[restartedAt], `${new Date(clock.wallMs()).toISOString().slice(0, 19)}Z`)
  assert.equal(template(workload)['keyrota.dev/restart'], 'mark-1')
  assert.deepEqual(workload.requests, ['get', 'patch'])
})

test('a repeat of its mark does nothing, in this process or another', async () => {
  const { workload, consumer } = makeWorkloadRig()
  const one = consumer()
  await one.restart('mark-1', newCall())
  await one.restart('mark-1', newCall())
  await consumer().restart('mark-1', newCall())
  assert.equal(workload.restarts(), 1)
})

test('two keys that ask within the gathering time share a restart, and each knows it', async () => {
  const { workload, consumer, clock } = makeWorkloadRig()
  const after = clock.wallMs()
  const [a, b] = [consumer(), consumer()]
  const second = clock.sleep(2_000).then(() => b.restart('mark-b', newCall()))
  await Promise.all([a.restart('mark-a', newCall()), second])
  assert.equal(workload.restarts(), 1)
  for (const mark of ['mark-a', 'mark-b'])
    assert.equal((await a.ready({ mark, after }, newCall())).is, 'ready')
})

test('a key that asks after the restart was made gets one of its own: the pods may have read too early', async () => {
  const { workload, consumer } = makeWorkloadRig()
  await consumer().restart('mark-a', newCall())
  await consumer().restart('mark-b', newCall())
  assert.equal(workload.restarts(), 2)
})

test('the gathering time may be none', async () => {
  const { workload, consumer } = makeWorkloadRig()
  await consumer({ gatherMs: 0 }).restart('mark-a', newCall())
  assert.equal(workload.restarts(), 1)
})

describe('somebody else writes the workload meanwhile', () => {
  test('the patch is refused and made anew', async () => {
    const { workload, consumer, clock } = makeWorkloadRig()
    const other = clock.sleep(1_000).then(() => workload.patchAs({ metadata: { annotations: { a: 'b' } } }))
    await Promise.all([consumer().restart('mark-1', newCall()), other])
    assert.equal(workload.restarts(), 1)
    assert.deepEqual(workload.requests, ['get', 'patch', 'get', 'patch'])
    assert.equal(workload.object.metadata.annotations?.a, 'b')
  })

  test('again and again: it gives up after eight tries', async () => {
    const { workload, consumer } = makeWorkloadRig()
    const { patch } = workload
    workload.patch = (body, call, dryRun) => {
      workload.patchAs({ metadata: { annotations: { a: String(workload.requests.length) } } })
      return patch(body, call, dryRun)
    }
    await assert.rejects(
      consumer().restart('mark-1', newCall()),
      (error) => error instanceof ProviderError && error.code === 'conflict',
    )
    assert.equal(workload.requests.filter((one) => one === 'patch').length, 8)
  })

  test('the annotation is not ours any more: it is written anew', async () => {
    const { workload, consumer } = makeWorkloadRig()
    workload.patchAs({ metadata: { annotations: { 'keyrota.dev/restarts': '{"not": "a list"}' } } })
    await consumer().restart('mark-1', newCall())
    workload.patchAs({ metadata: { annotations: { 'keyrota.dev/restarts': 'not even JSON' } } })
    await consumer().restart('mark-2', newCall())
    assert.equal(workload.restarts(), 2)
  })
})

test('the list of marks does not grow without end', async () => {
  const { workload, consumer } = makeWorkloadRig()
  for (let mark = 1; mark <= 20; mark += 1) await consumer({ gatherMs: 0 }).restart(`mark-${mark}`, newCall())
  const log = JSON.parse(workload.object.metadata.annotations?.['keyrota.dev/restarts'] ?? '')
  assert.equal(log.length, 16)
  assert.equal(log.at(-1).mark, 'mark-20')
})

describe('a Rollout', () => {
  test('is restarted by restartAt and gets no new revision', async () => {
    const { workload, consumer } = makeWorkloadRig('Rollout')
    await consumer().restart('mark-1', newCall())
    assert.deepEqual(template(workload), {})
    assert.match(workload.object.spec?.restartAt ?? '', /^2026-.*Z$/)
  })

  test('at a time that no pod of now is newer than, though our clock is behind', async () => {
    const { workload, consumer, clock } = makeWorkloadRig('Rollout')
    const ahead = new Date(clock.wallMs() + 30_000)
    for (const pod of workload.pods) if (pod.metadata) pod.metadata.creationTimestamp = ahead
    await consumer().restart('mark-1', newCall())
    assert.ok(Date.parse(workload.object.spec?.restartAt ?? '') > ahead.getTime())
  })
})
