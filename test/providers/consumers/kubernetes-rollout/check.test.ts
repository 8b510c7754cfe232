/* What a workload says of itself before anything is done. */

import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import type { KeptAt } from '../../../../src/contracts/consumer.ts'
import { newCall } from '../../../laws/secret-store/helpers.ts'
import { makeWorkloadRig, type WorkloadRig } from './rig.ts'

const traits = { readable: true, compareAndSet: true, settleMs: 0 }
const inCluster = (secret: string): KeptAt => ({ secret, traits: { ...traits, readAs: 'kubernetes-secret' } })
const mounted = { volumes: [{ name: 'key', secret: { secretName: 'app' } }] }

async function check(rig: WorkloadRig, targets: readonly KeptAt[] = [], settings = {}) {
  return await rig.consumer(settings).check({ targets }, newCall())
}

test('a sound workload has nothing to say, and nothing is changed', async () => {
  const rig = makeWorkloadRig()
  assert.deepEqual(await check(rig), { problems: [], notes: [] })
  assert.deepEqual(rig.workload.requests, ['get', 'dry patch', 'list'])
  assert.equal(rig.workload.restarts(), 0)
})

describe('a problem', () => {
  const rows: readonly [string, WorkloadRig['workload']['name']['kind'], object, RegExp, RegExp][] = [
    [
      'paused',
      'Deployment',
      { paused: true },
      /^Deployment shop\/web is paused/,
      /kubectl rollout resume deployment\/web -n shop/,
    ],
    ['a paused Rollout', 'Rollout', { paused: true }, /^Rollout shop\/web is paused/, /spec\.paused/],
    ['OnDelete', 'StatefulSet', { updateStrategy: { type: 'OnDelete' } }, /OnDelete/, /RollingUpdate/],
    [
      'OnDelete of a DaemonSet',
      'DaemonSet',
      { updateStrategy: { type: 'OnDelete' } },
      /OnDelete/,
      /RollingUpdate/,
    ],
    [
      'a partition',
      'StatefulSet',
      { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } },
      /partition 1/,
      /partition: 0/,
    ],
  ]
  test.each(rows)('%s', async (_, kind, spec, text, nextStep) => {
    const { problems } = await check(makeWorkloadRig(kind, { spec }))
    assert.equal(problems.length, 1)
    assert.match(problems[0]?.text ?? '', text)
    assert.match(problems[0]?.nextStep ?? '', nextStep)
  })

  test('is none where Keyrota does not restart it; then the right to patch is not asked for', async () => {
    const rig = makeWorkloadRig('Deployment', { spec: { paused: true } })
    assert.deepEqual((await check(rig, [], { restarts: false })).problems, [])
    assert.deepEqual(rig.workload.requests, ['get', 'list'])
  })

  test('a workload that is being deleted', async () => {
    const rig = makeWorkloadRig()
    rig.workload.object.metadata.deletionTimestamp = '2026-11-22T00:00:00Z'
    assert.match((await check(rig)).problems[0]?.text ?? '', /is being deleted/)
  })
})

describe('a note', () => {
  const rows: readonly [string, WorkloadRig['workload']['name']['kind'], object, RegExp][] = [
    ['no pods', 'Deployment', { replicas: 0 }, /has no pods/],
    ['Recreate', 'Deployment', { strategy: { type: 'Recreate' } }, /Recreate/],
    ['no probe', 'Deployment', { template: { spec: { containers: [{ name: 'main' }] } } }, /readiness probe/],
  ]
  test.each(rows)('%s', async (_, kind, spec, text) => {
    const { notes, problems } = await check(makeWorkloadRig(kind, { spec }))
    assert.deepEqual([notes.length, problems.length], [1, 0])
    assert.match(notes[0] ?? '', text)
  })

  test('Stakater Reloader', async () => {
    const rig = makeWorkloadRig()
    rig.workload.patchAs({ metadata: { annotations: { 'reloader.stakater.com/auto': 'true' } } })
    assert.match((await check(rig)).notes[0] ?? '', /Reloader/)
  })

  test('the Secret is not read by its pods', async () => {
    const { notes } = await check(makeWorkloadRig(), [inCluster('shop/app'), inCluster('other')])
    assert.match(notes[0] ?? '', /neither mount nor read Secret app or Secret other$/)
  })

  test('but not for a Secret elsewhere, or a key in another store', async () => {
    const vault = { secret: 'shop/app', traits }
    assert.deepEqual((await check(makeWorkloadRig(), [inCluster('elsewhere/app'), vault])).notes, [])
  })

  const readers: readonly [string, object][] = [
    ['a volume', mounted],
    [
      'a projected volume',
      { volumes: [{ name: 'key', projected: { sources: [{ secret: { name: 'app' } }] } }] },
    ],
    [
      'a variable',
      {
        containers: [
          {
            name: 'main',
            readinessProbe: {},
            env: [{ name: 'K', valueFrom: { secretKeyRef: { name: 'app', key: 'K' } } }],
          },
        ],
      },
    ],
    [
      'all variables',
      { containers: [{ name: 'main', readinessProbe: {}, envFrom: [{ secretRef: { name: 'app' } }] }] },
    ],
    ['an init container', { initContainers: [{ name: 'first', envFrom: [{ secretRef: { name: 'app' } }] }] }],
  ]
  test.each(readers)('it is read by %s', async (_, pod) => {
    const rig = makeWorkloadRig()
    rig.workload.patchAs({ spec: { template: { spec: pod } } })
    assert.deepEqual((await check(rig, [inCluster('shop/app')])).notes, [])
  })
})
