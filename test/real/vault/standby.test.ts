import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, test } from 'vitest'
import {
  get,
  newCall,
  newValue,
  oneField,
  put,
  readSettled,
  refused,
} from '../../laws/secret-store/helpers.ts'
import { requireEnv } from '../../shared/require-env.ts'
import { makeTokenStore } from '../../shared/stand-ins/vault/store-fixture.ts'

/** One server of a cluster with integrated storage. */
interface Node {
  address: string
  program: ChildProcess
}

const nodes: Node[] = []
const address = oneField('app')
const old = newValue()
let folder: string
let token = ''

async function startNode(name: string, leader?: string): Promise<Node> {
  const [port, clusterPort] = await Promise.all([findPort(), findPort()])
  const data = join(folder, name)
  const config = {
    storage: {
      raft: { path: data, node_id: name, ...(leader && { retry_join: [{ leader_api_addr: leader }] }) },
    },
    listener: {
      tcp: { address: `127.0.0.1:${port}`, cluster_address: `127.0.0.1:${clusterPort}`, tls_disable: true },
    },
    api_addr: `http://127.0.0.1:${port}`,
    cluster_addr: `https://127.0.0.1:${clusterPort}`,
  }
  await mkdir(data)
  await writeFile(`${data}.json`, JSON.stringify(config))
  const args = ['server', `-config=${data}.json`]
  const node = {
    address: config.api_addr,
    program: spawn(requireEnv('KEYROTA_TEST_VAULT_BINARY'), args, { stdio: 'ignore' }),
  }
  nodes.push(node)
  return node
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Asks until the server answers that it is done, as it starts and finds its leader by itself. */
async function ask(
  node: Node,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const sent = { method, headers: { 'x-vault-token': token }, ...(body && { body: JSON.stringify(body) }) }
  for (let left = 100; ; left -= 1) {
    const [answer] = await Promise.allSettled([fetch(`${node.address}/v1/${path}`, sent)])
    const text = answer.status === 'fulfilled' ? await answer.value.text() : String(answer.reason)
    if (answer.status === 'fulfilled' && answer.value.ok) return text === '' ? {} : JSON.parse(text)
    if (left === 0) throw new Error(`${method} ${path}: ${text}`)
    await sleep(200)
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyrota-raft-'))
  const active = await startNode('a')
  const made = await ask(active, 'PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 })
  const key = (made.keys as string[])[0]
  token = String(made.root_token)
  await ask(active, 'PUT', 'sys/unseal', { key })
  await ask(active, 'POST', 'sys/mounts/secret', { type: 'kv', options: { version: '2' } })
  const standby = await startNode('b', active.address)
  await ask(standby, 'PUT', 'sys/unseal', { key })
  await ask(active, 'POST', 'secret/data/app', { data: { API_KEY: old } })
  await ask(standby, 'GET', 'secret/data/app')
})
afterAll(async () => {
  for (const { program } of nodes) program.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

test('a standby forwards requests, and its redirects are not followed', async () => {
  const [active, standby] = nodes as [Node, Node]
  assert.equal((await ask(standby, 'GET', 'sys/leader')).is_self, false)
  const store = makeTokenStore(standby.address, token, { settle: '5s' })
  const { version } = await store.read(address, 'current', newCall())
  const value = newValue()
  const made = await put(store, address, value, version)
  assert.deepEqual(await get(makeTokenStore(active.address, token), address, made), { value })
  await readSettled({ store } as never, address, (seen) => seen === made)
  await refused(put(store, address, newValue(), version), 'conflict')
  assert.equal(await store.retire(address, version, newCall()), 'gone')
  const ended = once(active.program, 'exit')
  active.program.kill('SIGKILL')
  await ended
  // Once the standby sees that its active node is gone, it redirects there: no key follows.
  const write = () => refused(put(store, address, newValue(), made), 'unavailable')
  let error = await write()
  for (let left = 100; left > 0 && !error.message.includes(' 307: '); left -= 1) {
    await sleep(200)
    error = await write()
  }
  assert.match(error.message, / 307: this node is a standby/)
  assert.equal(error.effect, 'none')
})
