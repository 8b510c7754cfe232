import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { crc32c } from '../../../../providers/stores/gcp-secret-manager/checksum.ts'
import { make } from '../../../../providers/stores/gcp-secret-manager/index.ts'
import { options as optionsSchema } from '../../../../providers/stores/gcp-secret-manager/options.ts'
import type { SecretStore } from '../../../../src/contracts/secret-store.ts'

export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** A server that returns what the test sets, and records the requests. */
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
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => server.handler(request, response, Buffer.concat(chunks).toString('utf8')))
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

export interface CannedVersion {
  text: string
  state: 'ENABLED' | 'DISABLED' | 'DESTROYED'
}

/** A secret `app` whose list of versions is behind, as the service allows it to be. */
export interface LaggingSecret {
  /** In the order of their numbers, from 1 on. */
  readonly versions: CannedVersion[]
  /** So many of them the list shows. */
  listed: number
  handler: Handler
}

export function makeLaggingSecret(...texts: string[]): LaggingSecret {
  const secret: LaggingSecret = {
    versions: texts.map((text) => ({ text, state: 'ENABLED' })),
    listed: texts.length,
    handler(request, response, body) {
      const path = request.url ?? ''
      const [, digits] = /\/versions\/(\d+)/.exec(path) ?? []
      const version = secret.versions[Number(digits) - 1]
      if (path.includes(':addVersion')) {
        const { payload } = JSON.parse(body) as { payload: { data: string } }
        const text = Buffer.from(payload.data, 'base64').toString('utf8')
        secret.versions.push({ text, state: 'ENABLED' })
        answerJson(response, 200, describeVersion(secret, secret.versions.length))
      } else if (digits === undefined) {
        const numbers = secret.versions.slice(0, secret.listed).map((_, at) => at + 1)
        answerJson(response, 200, { versions: numbers.reverse().map((one) => describeVersion(secret, one)) })
      } else if (version === undefined) {
        answerJson(response, 404, { error: { code: 404, status: 'NOT_FOUND' } })
      } else if (version.state !== 'ENABLED') {
        answerJson(response, 400, { error: { code: 400, status: 'FAILED_PRECONDITION' } })
      } else if (path.includes(':destroy')) {
        version.state = 'DESTROYED'
        answerJson(response, 200, describeVersion(secret, Number(digits)))
      } else {
        const data = Buffer.from(version.text)
        const payload = { data: data.toString('base64'), dataCrc32c: `${crc32c(data)}` }
        answerJson(response, 200, { ...describeVersion(secret, Number(digits)), payload })
      }
    },
  }
  return secret
}

function describeVersion(secret: LaggingSecret, number: number) {
  return {
    name: `projects/123456/secrets/app/versions/${number}`,
    state: secret.versions[number - 1]?.state,
    etag: `"etag-${number}"`,
  }
}

export function makeGcpStore(url: string, options: Record<string, unknown> = {}): SecretStore {
  const parsed = optionsSchema.parse({ project: 'keyrota-test', endpoint: url, ...options })
  return make(parsed, { name: 'gcp', stateFolder: '/nonexistent' })
}

/** A store with the access token `first-token` in the file `token` of the folder. */
export function makeGcpStoreWithToken(url: string, folder: string, given: object = {}): SecretStore {
  const file = join(folder, 'token')
  writeFileSync(file, 'first-token\n')
  return makeGcpStore(url, { accessToken: { file }, ...given })
}
