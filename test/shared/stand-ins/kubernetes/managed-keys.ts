/*
 * An API server for ManagedKeys, ConfigMaps and Events alone, as strict as the real one where the journal relies on it: versions as
 * compare-and-set, the status apart from the rest, pruning and types by the CRD that ships, lists in pages, watches.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collectBody } from '../../network/forward.ts'
import { type SeenCall, Store, type StoredObject } from './managed-key-store.ts'
import { Refused } from './object-rules.ts'

/** Instead of an answer: a status, or the connection is cut, before the effect or after it. */
export type Interference =
  | { status: number; headers?: Record<string, string> }
  | 'cut'
  | 'cut-after'
  | undefined

export interface ManagedKeyServer {
  readonly kubeconfig: string
  readonly calls: SeenCall[]
  /** Objects by `namespace/name`. */
  readonly keys: Map<string, StoredObject>
  readonly events: Map<string, StoredObject>
  readonly configMaps: Map<string, StoredObject>
  /** Called with each request before it is served. */
  interfere: (call: SeenCall) => Interference
  /** Ends the open watches: as a server does, or by cutting their connections. */
  endWatches(how: 'end' | 'cut'): void
  /** Versions before this moment are forgotten: a watch that goes on from one of them gets 410. */
  compact(): void
  /** Sends a bookmark to each open watch. */
  bookmark(): void
  readonly openWatches: number
  close(): Promise<void>
}

const TOKEN = 'a-bearer-token'

export async function startManagedKeys(): Promise<ManagedKeyServer> {
  const store = new Store()
  const calls: SeenCall[] = []
  const server = createServer((incoming, response) => {
    void serve(incoming, response).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error
      send(response, error.status, { kind: 'Status', code: error.status, message: error.message })
    })
  })
  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await collectBody(incoming)).toString()
    const { method = '', url = '/', headers } = incoming
    const { pathname: path, searchParams: query } = new URL(url, 'http://host')
    const call = { method, path, query }
    calls.push(call)
    const met = cluster.interfere(call)
    if (met === 'cut') return void incoming.socket.destroy()
    if (typeof met === 'object') {
      response.writeHead(met.status, { 'content-type': 'application/json', ...met.headers })
      const message = met.status === 403 ? 'it is forbidden: User "keyrota" cannot do it' : ''
      return void response.end(JSON.stringify({ kind: 'Status', code: met.status, message }))
    }
    if (headers.authorization !== `Bearer ${TOKEN}`) throw new Refused(401, 'no')
    const answer = store.answer(call, headers['content-type'] ?? '', body, response)
    if (met === 'cut-after') return void incoming.socket.destroy()
    if (answer) send(response, answer.status, answer.body)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const folder = mkdtempSync(join(tmpdir(), 'keyrota-managed-keys-'))
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, makeKubeconfig((server.address() as AddressInfo).port), { mode: 0o600 })
  const cluster: ManagedKeyServer = {
    kubeconfig,
    calls,
    keys: store.keys,
    events: store.events,
    configMaps: store.configMaps,
    interfere: () => undefined,
    endWatches: (how) => store.endWatches(how),
    compact: () => store.compact(),
    bookmark: () => store.bookmark(),
    get openWatches() {
      return store.openWatches
    },
    close: () =>
      new Promise((resolve) => {
        rmSync(folder, { recursive: true })
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return cluster
}

function makeKubeconfig(port: number): string {
  const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true }
  return JSON.stringify({
    'current-context': 'test',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user: { token: TOKEN } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'keyrota' } }],
  })
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
