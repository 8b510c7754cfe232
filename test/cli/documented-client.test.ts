/* The client in docs/clients.md does what the page claims. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { application } from '../../src/compose.ts'
import { startSandbox } from '../../src/sandbox/gateway.ts'
import { rotate } from '../../src/service/rotate.ts'
import { run } from '../../src/service/run.ts'

const PATH = '/api/v1/generation/google/veo-3.1'

/** Calls with the documented client until told to end, and counts the responses by status. */
const DRIVER = `
import { callWithKey } from './client.mjs'
const counts = {}
let isOver = false
process.on('message', () => { isOver = true })
process.on('disconnect', () => process.exit())
while (!isOver) {
  const init = { method: 'POST', body: '{"prompt":"a lighthouse at dusk"}' }
  const { status } = await callWithKey(process.argv[2], init)
  counts[status] = (counts[status] ?? 0) + 1
  if (process.argv[3] === 'once') break
}
process.send(counts, () => process.disconnect())
`

function readClient(): string {
  const page = readFileSync(fileURLToPath(new URL('../../docs/clients.md', import.meta.url)), 'utf8')
  return /^```js\n(.*?)^```$/ms.exec(page)?.[1] ?? ''
}

function makeFolder(key: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyrota-client-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'client.mjs'), readClient())
  writeFileSync(join(folder, 'driver.mjs'), DRIVER)
  writeFileSync(join(folder, '.env'), `PPT_API_KEY=${key}\n`)
  return folder
}

function startClient(folder: string, words: readonly string[]) {
  const client: ChildProcess = spawn(process.execPath, ['driver.mjs', ...words], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  onTestFinished(() => void client.kill('SIGKILL'))
  const counts = new Promise<unknown>((resolve) => {
    client.once('message', resolve)
    client.once('exit', (code) => resolve(`ended with ${code}`))
  })
  return { counts, end: () => client.send('end') }
}

function configFor(url: string, folder: string): string {
  return `
installation: demo
stateFolder: state
issuers:
  keys:
    type: http
    base: ${url}
    settle: 100ms
    auth: { management: { bearer: { file: ${JSON.stringify(join(folder, 'token'))} } } }
    create: { request: POST /v1/keys, json: { name: "{{ name }}" }, id: $.id, parts: { value: $.key } }
    list: { request: GET /v1/keys, items: "$.data[*]", id: $.id, name: $.name }
    revoke: { request: POST /v1/keys/revoke, json: { key: "{{ value }}" } }
    probe: { request: "POST ${PATH}", json: {}, accepted: 422, rejected: 401 }
stores: { dotenv: { type: env-file } }
defaults: { overlap: 300ms, quietFor: 100ms, retryMin: 50ms, giveUp: 1m }
keys:
  renderer:
    { environment: test, service: renderer, owner: team, issuer: keys, targets: [{ store: dotenv, secret: .env, field: PPT_API_KEY }] }
`
}

test('the documented client survives rotations without an error and without a restart', async () => {
  const sandbox = await startSandbox({ keys: [{ name: 'made by hand' }] })
  onTestFinished(() => sandbox.close())
  const folder = makeFolder(sandbox.keys[0]?.key ?? '')
  writeFileSync(join(folder, 'token'), sandbox.managementToken)
  writeFileSync(join(folder, 'keyrota.yaml'), configFor(sandbox.url, folder))
  const client = startClient(folder, [`${sandbox.url}${PATH}`])
  const opened = await application.open({
    config: join(folder, 'keyrota.yaml'),
    waitMs: 10_000,
    stop: new AbortController().signal,
    env: {},
  })
  onTestFinished(() => opened.close())
  await run(opened.context)
  for (let round = 0; round < 2; round++) {
    const { record } = await rotate(opened.context, 'renderer', {})
    expect(record?.last?.end).toBe('completed')
  }
  client.end()
  const counts = (await client.counts) as Record<string, number>
  expect(Object.keys(counts)).toEqual(['200'])
  expect(counts[200]).toBeGreaterThan(20)
  const states = sandbox.listKeys().map(({ state, requests }) => [state, (requests[200] ?? 0) > 0])
  expect(states).toEqual([
    ['revoked', true],
    ['revoked', true],
    ['active', true],
  ])
})

test.each([
  { name: 'a 401 is retried once with the file as it is then', statuses: [401, 200], returns: 200 },
  { name: 'a second 401 is returned', statuses: [401, 401, 200], returns: 401 },
])('the documented client: $name', async ({ statuses, returns }) => {
  const folder = makeFolder('ppt_the-first-key')
  const seen: (string | undefined)[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization)
    writeFileSync(join(folder, '.env'), 'PPT_API_KEY=ppt_the-second-key\n')
    response.writeHead(statuses[seen.length - 1] ?? 500).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const client = startClient(folder, [`http://127.0.0.1:${port}/`, 'once'])
  expect(await client.counts).toEqual({ [returns]: 1 })
  expect(seen).toEqual(['Bearer ppt_the-first-key', 'Bearer ppt_the-second-key'])
})
