import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, test } from 'vitest'
import { ReleaseRig } from '../../shared/rigs/chart/release.ts'

const rig = new ReleaseRig()
let port: number

beforeAll(async () => {
  await rig.start()
  port = await findFreePort()
})
afterAll(() => rig.stop())

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port: free } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return free
}

/** Pods of this cluster share one loopback interface, so there is one at a time. */
function values(more: object = {}) {
  const deployment = { replicas: 1, port, strategy: { type: 'Recreate', rollingUpdate: null } }
  return rig.values({ mode: 'deployment', deployment, cronjob: {}, ...more })
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await isSo()) return
    await sleep(100)
  }
  throw new Error(`${what}\n${await rig.kubectl('get', 'pods,managedkeys', '-o', 'wide')}`)
}

test('a Deployment serves, is ready, and rotates what is due by itself', async () => {
  await rig.install(values())
  await rig.kubectl('rollout', 'status', 'deployment/keyrota', '--timeout=60s')
  await until('the first key was not created', async () => (await rig.heldKey()) !== '')
  const first = await rig.heldKey()
  await until('the key was not rotated', async () => (await rig.heldKey()) !== first)
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  assert.match(metrics, /keyrota_build_info/)
})

test('a config that changed is taken without a new pod', async () => {
  const [before] = await podNames()
  await rig.upgrade(values({ observe: true }))
  await until('the pod does not observe', async () => {
    const held = await rig.heldKey()
    await sleep(4_000)
    return (await rig.heldKey()) === held
  })
  assert.deepEqual(await podNames(), [before])
})

test('a pod that is stopped ends in its grace, and the next one goes on', async () => {
  const [before] = await podNames()
  const started = performance.now()
  await rig.kubectl('delete', before ?? '')
  assert.ok(performance.now() - started < 30_000)
  await rig.kubectl('rollout', 'status', 'deployment/keyrota', '--timeout=60s')
  assert.notDeepEqual(await podNames(), [before])
})

async function podNames(): Promise<string[]> {
  const names = await rig.kubectl('get', 'pods', '-l', 'app.kubernetes.io/component=serve', '-o', 'name')
  return names.split('\n').filter(Boolean)
}
