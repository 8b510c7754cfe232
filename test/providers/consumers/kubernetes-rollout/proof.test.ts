/* The proof from inside: what pods tell of the key that they run with. */

import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { V1Pod } from '@kubernetes/client-node'
import { afterEach, describe, test } from 'vitest'
import { options } from '../../../../providers/consumers/kubernetes-rollout/options.ts'
import { newCall } from '../../../laws/secret-store/helpers.ts'
import { makeWorkloadRig, mark } from './rig.ts'

const [OLD, NEW] = ['0123456789abcdef', 'fedcba9876543210']
const name = 'shop.example/key'

/** Two pods, with what each tells in its annotation. */
async function tell(...told: (string | undefined)[]) {
  const rig = makeWorkloadRig()
  const left = [...told]
  rig.workload.onPod = (pod: V1Pod) => {
    const value = left.shift()
    if (value !== undefined) Object.assign(pod.metadata?.annotations ?? {}, { [name]: value })
  }
  const consumer = rig.consumer({ proof: { annotation: name } })
  await consumer.restart(mark, newCall())
  return await consumer.ready({ mark, after: 0 }, newCall())
}

describe('an annotation of each pod', () => {
  test('all tell the same', async () => assert.equal((await tell(NEW, NEW)).fingerprint, NEW))

  test('they do not: what each tells is reported', async () => {
    const { fingerprint, otherFingerprints = [] } = await tell(NEW, OLD)
    assert.deepEqual([fingerprint, ...otherFingerprints].sort(), [OLD, NEW].sort())
  })

  test.each([
    ['nothing', undefined],
    ['a whole key', 'a-key-told-by-mistake'],
  ])('one of them tells %s: nothing is proved, and the pod is named', async (_, value) => {
    const { is, fingerprint, why = '' } = await tell(NEW, value)
    assert.deepEqual([is, fingerprint], ['ready', undefined])
    assert.match(why, /^pod web-4 has no fingerprint in the annotation shop\.example\/key$/)
  })
})

describe('a path of each pod', () => {
  const servers: ReturnType<typeof createServer>[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  async function ask(
    serve: (request: IncomingMessage, response: ServerResponse) => void,
    place: { header?: string; json?: string } = { json: '/key' },
  ) {
    const server = createServer(serve)
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const given = {
      kind: 'Deployment',
      name: 'web',
      fingerprint: { path: '/health', port, limit: '2s', ...place },
    }
    const { fingerprint: proof } = options.parse(given)
    const rig = makeWorkloadRig()
    return await rig.consumer({ proof }).ready({ mark: '', after: 0 }, newCall())
  }

  test('a field of the body', async () => {
    const seen: (string | undefined)[] = []
    const { fingerprint } = await ask((request, response) => {
      seen.push(request.url)
      response.end(JSON.stringify({ key: NEW }))
    })
    assert.equal(fingerprint, NEW)
    assert.deepEqual(seen, ['/health', '/health'])
  })

  test('a header', async () => {
    const serve = (_: IncomingMessage, response: ServerResponse) => response.setHeader('x-key', NEW).end()
    assert.equal((await ask(serve, { header: 'X-Key' })).fingerprint, NEW)
  })

  const silent: readonly [string, (response: ServerResponse) => void][] = [
    [
      'a redirect is not followed',
      (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    ],
    ['an error', (response) => response.writeHead(500).end(JSON.stringify({ key: NEW }))],
    ['another body', (response) => response.end('{}')],
    ['too much', (response) => response.end('x'.repeat(100_000))],
    ['not JSON', (response) => response.end('ok')],
    ['a connection that breaks', (response) => response.destroy()],
  ]
  test.each(silent)('%s: nothing is proved', async (_, serve) => {
    const { is, fingerprint, why = '' } = await ask((_request, response) => serve(response))
    assert.deepEqual([is, fingerprint], ['ready', undefined])
    assert.match(why, /^pod web-1 /)
  })

  test.each([
    { path: '/health', port: 80 },
    { path: '/health', port: 80, json: '/a', header: 'x' },
    { path: 'health', port: 80, json: '/a' },
    { path: '/health?key=1', port: 80, json: '/a' },
    { path: '/health', port: 0, json: '/a' },
    { annotation: 'not a name' },
  ])('%j is refused', (fingerprint) => {
    assert.equal(options.safeParse({ kind: 'Deployment', name: 'web', fingerprint }).success, false)
  })
})
