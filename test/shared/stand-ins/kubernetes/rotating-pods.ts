/*
 * Pods on a real node that use a key: each reads it once, from its mounted file, when it starts, asks a gateway with it
 * four times a second, and is ready while the gateway accepts it. The gateway is of the test, and knows which keys live.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { MemorySpace } from '../../../../providers/issuers/memory/index.ts'
import { isLive } from '../../../engine/wiring.ts'
import { requireEnv } from '../../require-env.ts'

export const POD_IMAGE = 'keyrota-rollout-pod:1'

const program = `
const [fs, http, crypto] = ['fs', 'http', 'crypto'].map(require)
const keys = fs.readdirSync('/keys').map((folder) => fs.readFileSync('/keys/' + folder + '/API_KEY', 'utf8'))
const digest = (key) => crypto.createHash('sha256').update(key).digest('hex')
const only = process.env.ONLY_WITH
if (only && !keys.some((key) => digest(key) === only)) process.exit(3)
let isAccepted = false
async function poll() {
  const asked = keys.map((key) => fetch(process.env.GATEWAY, { headers: { authorization: key, 'x-pod': process.env.HOSTNAME } }))
  isAccepted = await Promise.all(asked).then((all) => all.every(({ status }) => status === 200), () => false)
  setTimeout(poll, 250)
}
poll()
http.createServer((_, response) => response.writeHead(isAccepted ? 200 : 503).end()).listen(8080)
process.on('SIGTERM', () => process.exit(0))
`

/** Builds the image of such a pod and brings it to the node. */
export async function buildPodImage(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'keyrota-pod-image-'))
  await writeFile(join(folder, 'pod.js'), program)
  await writeFile(
    join(folder, 'Dockerfile'),
    'FROM node:24-slim\nCOPY pod.js /pod.js\nUSER 1000\nCMD ["node", "/pod.js"]\n',
  )
  await promisify(execFile)(requireEnv('KEYROTA_TEST_NODE_IMAGE'), ['build', POD_IMAGE, folder])
  await rm(folder, { recursive: true })
}

export function digestOf(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}

export interface Gateway {
  /** As pods reach it. */
  readonly url: string
  /** Which pod was refused, with the digest of its key. */
  readonly refused: { pod: string; digest: string }[]
  /** Digests of the keys that were seen since this was last emptied, by pod. */
  readonly seen: Map<string, string>
  close(): void
}

export async function startGateway(spaces: readonly MemorySpace[]): Promise<Gateway> {
  const gateway: Pick<Gateway, 'refused' | 'seen'> = { refused: [], seen: new Map() }
  const server = http.createServer((request, response) => {
    const { authorization = '', 'x-pod': pod } = request.headers
    const digest = digestOf(authorization)
    gateway.seen.set(`${pod} ${digest}`, digest)
    const isAccepted = spaces.some((space) =>
      space.keys.some((key) => isLive(space, key) && key.material.value?.expose() === authorization),
    )
    if (!isAccepted) gateway.refused.push({ pod: String(pod), digest })
    response.writeHead(isAccepted ? 200 : 401).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    ...gateway,
    url: `http://${requireEnv('KEYROTA_TEST_NODE_LOOPBACK')}:${port}/`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
