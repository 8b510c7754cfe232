import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { crc32c } from '../../providers/stores/gcp-secret-manager/checksum.ts'
import { make } from '../../providers/stores/gcp-secret-manager/index.ts'
import { options as optionsSchema } from '../../providers/stores/gcp-secret-manager/options.ts'
import type { SecretStore } from '../../src/contracts/secret-store.ts'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A server that answers what the test tells it to, and notes who asked for what. */
export interface CannedServer {
  url: string
  /** Answers every request, its body read; at first `serveVersion`. */
  handler: Handler
  readonly seen: { path: string; authorization: string | undefined; payer: string | string[] | undefined }[]
  stop(): void
}

/** The only value of `serveVersion`. */
export const cannedValue = 'a-key-of-some-length'

export async function startCannedServer(): Promise<CannedServer> {
  const http = createServer((request, response) => {
    const { authorization, 'x-goog-user-project': payer } = request.headers
    server.seen.push({ path: request.url ?? '', authorization, payer })
    request.resume().on('end', () => server.handler(request, response))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const server: CannedServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    handler: serveVersion,
    seen: [],
    stop() {
      http.close()
      http.closeAllConnections()
    },
  }
  return server
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

/** A secret `app` with one version, to which a second can be added. */
export function serveVersion(request: IncomingMessage, response: ServerResponse): void {
  const name = 'projects/123456/secrets/app/versions/1'
  const path = request.url ?? ''
  if (path.includes(':access')) {
    const data = Buffer.from(cannedValue)
    const payload = { data: data.toString('base64'), dataCrc32c: `${crc32c(data)}` }
    answerJson(response, 200, { name, payload })
  } else if (path.includes(':addVersion')) {
    answerJson(response, 200, { name: name.replace(/1$/, '2'), state: 1 })
  } else answerJson(response, 200, { versions: [{ name, state: 1 }] })
}

export function makeGcpStore(url: string, options: Record<string, unknown> = {}): SecretStore {
  const parsed = optionsSchema.parse({ project: 'keyrota-test', endpoint: url, ...options })
  return make(parsed, { name: 'gcp', stateFolder: '/nonexistent' })
}

/** A store with the access token `first-token` in the file `token` of the folder. */
export function makeGcpStoreWithToken(url: string, folder: string): SecretStore {
  const file = join(folder, 'token')
  writeFileSync(file, 'first-token\n')
  return makeGcpStore(url, { accessToken: { file } })
}
