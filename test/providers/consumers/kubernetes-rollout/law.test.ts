/* Consumer `kubernetes-rollout` keeps the law of consumers, over the requests that it really makes. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { V1Pod } from '@kubernetes/client-node'
import { afterAll, afterEach, describe, test } from 'vitest'
import { make } from '../../../../providers/consumers/kubernetes-rollout/index.ts'
import { options } from '../../../../providers/consumers/kubernetes-rollout/options.ts'
import { machine } from '../../../../src/machine.ts'
import { type ConsumerFixture, consumerLaw } from '../../../laws/consumer.ts'
import { newCall, refused } from '../../../laws/secret-store/helpers.ts'
import { makeTinyWorkload } from '../../../shared/stand-ins/kubernetes/tiny-workload.ts'
import {
  startWorkloadServer,
  type WorkloadServer,
} from '../../../shared/stand-ins/kubernetes/workload-server.ts'
import { setState } from './rig.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyrota-rollout-'))
const servers: WorkloadServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})
afterAll(() => rmSync(folder, { recursive: true }))

const annotation = 'shop.example/key'

function writeKubeconfig(url: string): string {
  const file = join(folder, `${new URL(url).port}.kubeconfig`)
  const config = {
    'current-context': 'test',
    // The client speaks plain http only to a server that is not verified anyway.
    clusters: [{ name: 'test', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'test', user: { token: 'a-bearer-token' } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'shop' } }],
  }
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 })
  return file
}

async function start() {
  const workload = makeTinyWorkload(machine.clock)
  const server = await startWorkloadServer(workload)
  servers.push(server)
  const given = {
    ...{ kind: 'Deployment', name: 'web', kubeconfig: writeKubeconfig(server.url), gather: '0ms' },
    fingerprint: { annotation },
  }
  return { workload, server, consumer: make(options.parse(given), { name: 'web', clock: machine.clock }) }
}

async function makeFixture(): Promise<ConsumerFixture> {
  const { workload, server, consumer } = await start()
  const switchTo = async (instead: WorkloadServer['instead']) => {
    server.instead = instead
    return async () => {
      server.instead = undefined
    }
  }
  const change = (pod: V1Pod, { is, reports }: { is: string; reports?: string }) => {
    if (pod.metadata) pod.metadata.annotations = reports === undefined ? {} : { [annotation]: reports }
    if (is === 'progressing') setState(pod, { running: { startedAt: new Date() } })
    if (is === 'failed') setState(pod, { terminated: { exitCode: 1, reason: 'Error' } }, false, 5)
  }
  return {
    consumer,
    knowsStarts: true,
    looksFirst: true,
    async become(state) {
      workload.onPod = (pod) => change(pod, state)
      workload.roll()
    },
    hang: () => switchTo(() => undefined),
    lose: () => switchTo((response) => response.destroy()),
    restarts: async () => {
      const log = workload.object.metadata.annotations?.['keyrota.dev/restarts'] ?? '[]'
      return (JSON.parse(log) as { mark: string }[]).map(({ mark }) => mark)
    },
    requestCount: async () => server.requests.length,
  }
}

describe('the law of consumers', () => {
  for (const rule of consumerLaw) test(rule.name, async () => rule.run(await makeFixture()))
})

test('a restart whose patch has no response may have happened, and its repeat is harmless', async () => {
  const { workload, server, consumer } = await start()
  server.instead = (response, { method, body }) => {
    if (method !== 'PATCH') return false
    workload.patchAs(JSON.parse(body))
    return response.destroy()
  }
  const error = await refused(consumer.restart?.('mark-1', newCall()) ?? Promise.resolve(), 'unavailable')
  assert.equal(error.effect, 'unknown')
  server.instead = undefined
  await consumer.restart?.('mark-1', newCall())
  assert.equal(workload.restarts(), 1)
})

test('a restart and its readiness take four requests', async () => {
  const { server, consumer } = await start()
  await consumer.restart?.('mark-1', newCall())
  await consumer.ready({ mark: 'mark-1', after: 0 }, newCall())
  const place = '/apis/apps/v1/namespaces/shop/deployments/web'
  assert.deepEqual(server.requests, [
    `GET ${place}`,
    `PATCH ${place}?fieldManager=keyrota`,
    `GET ${place}`,
    'GET /api/v1/namespaces/shop/pods?labelSelector=app%3Dweb&limit=200',
  ])
})
