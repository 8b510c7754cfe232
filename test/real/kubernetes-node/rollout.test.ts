/* Whole rotations on a real node: pods that hold a key, and what becomes of them. */

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { isLive } from '../../engine/wiring.ts'
import { newCall } from '../../laws/secret-store/helpers.ts'
import {
  buildPodImage,
  digestOf,
  type Gateway,
  startGateway,
} from '../../shared/stand-ins/kubernetes/rotating-pods.ts'
import { KubernetesServer } from '../../shared/stand-ins/kubernetes/server.ts'
import {
  consumerOf,
  type NodeKey,
  newKey,
  newWorkload,
  podsOf,
  revisionsOf,
  type Workload,
} from './rollout-rig.ts'

const server = new KubernetesServer()
const gateways: Gateway[] = []
beforeAll(async () => {
  await Promise.all([server.start(), buildPodImage()])
})
afterAll(async () => {
  for (const gateway of gateways) gateway.close()
  await server.stop()
})

async function openGateway(...keys: NodeKey[]): Promise<Gateway> {
  const gateway = await startGateway(keys.map(({ space }) => space))
  gateways.push(gateway)
  return gateway
}

const isOldAlive = ({ space }: NodeKey) => isLive(space, space.keys[0] as (typeof space.keys)[number])

describe.each(['Deployment', 'StatefulSet', 'DaemonSet'])('a %s', (kind) => {
  test('gets the new key without one refused request, and its old pods are gone before the old key', async () => {
    const workload = { kind, name: kind.toLowerCase() }
    const key = await newKey(server, workload.name)
    const gateway = await openGateway(key)
    await newWorkload(server, workload, { keys: [key], gateway: gateway.url })
    const old = await podsOf(server, workload.name)
    const began = performance.now()
    const { end, trail } = await key.rotate([workload], async () => {
      const now = await podsOf(server, workload.name)
      assert.deepEqual(
        now.filter((uid) => old.includes(uid)),
        [],
        'an old pod was left at the revocation',
      )
    })
    assert.equal(end, 'completed', trail.join('\n'))
    console.log(`${kind}: ${Math.round(performance.now() - began)} ms, ${gateway.seen.size} pods seen`)
    assert.equal(isOldAlive(key), false)
    await sleep(2_000)
    assert.deepEqual(gateway.refused, [])
    assert.equal(await revisionsOf(server, workload.name), 2)
  })
})

describe.each(['Deployment', 'StatefulSet'])('new pods of a %s crash', (kind) => {
  test('the old value is back, every pod works with it, and the new key is gone', async () => {
    const workload = { kind, name: `crashing-${kind.toLowerCase()}` }
    const key = await newKey(server, workload.name)
    const gateway = await openGateway(key)
    const env = { ONLY_WITH: digestOf(key.oldValue) }
    await newWorkload(server, workload, { keys: [key], gateway: gateway.url, env })
    const { end, trail } = await key.rotate([workload])
    assert.equal(end, 'rolled-back', trail.join('\n'))
    assert.equal(isOldAlive(key), true)
    assert.equal(key.space.liveKeys().length, 1)
    assert.match(
      trail.join('\n'),
      /container main of pod crashing-\S+ crashed 3 times, last with exit code 3/,
    )
    assert.equal((await consumerOf(server, workload).ready({ mark: '', after: 0 }, newCall())).is, 'ready')
    assert.deepEqual(gateway.refused, [])
  }, 300_000)
})

test('a paused Deployment: no key is created, and the reason says how to go on', async () => {
  const workload = { kind: 'Deployment', name: 'paused' }
  const key = await newKey(server, workload.name)
  const gateway = await openGateway(key)
  await newWorkload(server, workload, { keys: [key], gateway: gateway.url })
  await server.kubectl('rollout', 'pause', 'deployment/paused', '-n', server.namespace)
  const { end, detail } = await key.rotate([workload])
  assert.equal(end, 'consumer-refused')
  assert.match(detail, /is paused, .* kubectl rollout resume deployment\/paused -n keyrota-law-/)
  assert.equal(key.space.keys.length, 1)
})

test('two Deployments on one key: both are restarted before the old key is revoked', async () => {
  const workloads: Workload[] = ['one', 'other'].map((name) => ({ kind: 'Deployment', name }))
  const key = await newKey(server, 'shared')
  const gateway = await openGateway(key)
  await Promise.all(workloads.map((one) => newWorkload(server, one, { keys: [key], gateway: gateway.url })))
  const { end, trail } = await key.rotate(workloads)
  assert.equal(end, 'completed', trail.join('\n'))
  await sleep(1_000)
  assert.deepEqual(gateway.refused, [])
  for (const { name } of workloads) assert.equal(await revisionsOf(server, name), 2)
})

test('one Deployment on two keys that rotate at the same time: one restart', async () => {
  const workload = { kind: 'Deployment', name: 'on-two-keys' }
  const keys = await Promise.all(['first', 'second'].map((name) => newKey(server, name)))
  const gateway = await openGateway(...keys)
  await newWorkload(server, workload, { keys, gateway: gateway.url })
  const ends = await Promise.all(keys.map((key) => key.rotate([workload])))
  assert.deepEqual(
    ends.map(({ end }) => end),
    ['completed', 'completed'],
    ends[0]?.trail.join('\n'),
  )
  await sleep(1_000)
  assert.deepEqual(gateway.refused, [])
  assert.equal(await revisionsOf(server, workload.name), 2)
})

describe('what a node says of a pod', () => {
  const change = async (name: string, patch: object, says: RegExp, is: string) => {
    const workload = { kind: 'Deployment', name }
    const key = await newKey(server, name)
    const gateway = await openGateway(key)
    await newWorkload(server, workload, { keys: [key], gateway: gateway.url })
    const spec = { template: { spec: { containers: [{ name: 'main', ...patch }] } } }
    await server.kubectl('patch', 'deployment', name, '-n', server.namespace, '-p', JSON.stringify({ spec }))
    const consumer = consumerOf(server, workload, { maxCrashes: 2 })
    for (let tries = 0; ; tries += 1) {
      const seen = await consumer.ready({ mark: '', after: 0 }, newCall())
      if (seen.is === is && says.test(seen.why ?? '')) return
      assert.ok(tries < 160, `it says ${seen.is}: ${seen.why}`)
      await sleep(250)
    }
  }

  test('no such image', async () =>
    change(
      'imageless',
      { image: 'no.example/app:1' },
      /pod imageless-\S+ cannot get its image no\.example\/app:1 \(\w+\)/,
      'progressing',
    ))

  test('no room', async () =>
    change(
      'roomless',
      { resources: { requests: { cpu: '1000' } } },
      /pod roomless-\S+ cannot be scheduled: 0\/1 nodes/,
      'progressing',
    ))

  test('too little memory', async () =>
    change(
      'forgetful',
      {
        command: ['node', '-e', 'const a=[];for(;;)a.push(Buffer.alloc(1e7,1))'],
        resources: { limits: { memory: '48Mi' } },
      },
      /pod forgetful-\S+ crashed \d times, last with exit code 137 \(OOMKilled\)/,
      'failed',
    ))

  test('a field of the Secret that is missing', async () =>
    change(
      'fieldless',
      { env: [{ name: 'NONE', valueFrom: { secretKeyRef: { name: 'absent', key: 'NONE' } } }] },
      /pod fieldless-\S+ cannot be set up \(CreateContainerConfigError\): secret "absent" not found/,
      'progressing',
    ))
})
