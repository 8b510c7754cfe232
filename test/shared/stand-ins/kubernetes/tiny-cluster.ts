import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collectBody } from '../../network/forward.ts'

/* One Secret behind the requests that the store makes, for what a real API server cannot be brought to do. */

/** For 127.0.0.1, signed by itself: it has to be trusted explicitly. */
export const selfSigned = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/lPhxMXf51Yp3C+7
t96bO5eRQCaQLhutJ7li9G6vz4yhRANCAASUfqXhF+iuVJToLMPdSqwEAH3nxqJe
XJczOnbPZLHufO+OPM4fwwBogl0pbuehUl0Y3OI7wEn3e0XQCTkBpDBK
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBnjCCAUSgAwIBAgIUS18pcI2GR2RvtHONicYOaaiJCT8wCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQc2VsZi1zaWduZWQudGVzdDAgFw0yNjExMjUyMTE3MjhaGA8y
MTI2MTEwMTIxMTcyOFowGzEZMBcGA1UEAwwQc2VsZi1zaWduZWQudGVzdDBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABJR+peEX6K5UlOgsw91KrAQAfefGol5clzM6
ds9kse587448zh/DAGiCXSlu56FSXRjc4jvASfd7RdAJOQGkMEqjZDBiMB0GA1Ud
DgQWBBTQvBkMyNRd4i5i5GxJvO266MtGPTAfBgNVHSMEGDAWgBTQvBkMyNRd4i5i
5GxJvO266MtGPTAPBgNVHRMBAf8EBTADAQH/MA8GA1UdEQQIMAaHBH8AAAEwCgYI
KoZIzj0EAwIDSAAwRQIhAKLIMDOcsQFzvzfCoiut0UE8HJuIcPKRIIslx+RzMwtr
AiApv/DwhYdzYJ7Qdz+/vUl7L/qQoeEk4xYivS+Dcxixfw==
-----END CERTIFICATE-----`,
}

export interface TinyCluster {
  readonly url: string
  /** The Secret, whatever name is asked for; a test may change it between requests. */
  readonly secret: { metadata: Record<string, unknown> & { resourceVersion: string }; data: object }
  /** Method and path of each request, with the body of a patch. */
  readonly requests: { method: string; path: string; body: string; authorization: string | undefined }[]
  /** Called when a request has come and before it is served. */
  before: (method: string) => void
  /** Every request is refused with it. */
  status: number | undefined
  /** A kubeconfig for it: parts of the cluster, the user and the context. */
  kubeconfig(parts?: { cluster?: object; user?: object; context?: object }): string
  close(): Promise<void>
}

export async function startTinyCluster(tls?: { key: string; cert: string }): Promise<TinyCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'keyrota-tiny-cluster-'))
  const data = { API_KEY: Buffer.from('sixteen-letters-').toString('base64') }
  const managedFields = [{ manager: 'kubectl-create', operation: 'Update', fieldsV1: {} }]
  const secret = { kind: 'Secret', metadata: { resourceVersion: '1', managedFields }, data }
  const requests: TinyCluster['requests'] = []
  const serve: http.RequestListener = async (request, response) => {
    const { method = '', url: path = '', headers } = request
    const body = (await collectBody(request)).toString()
    requests.push({ method, path, body, authorization: headers.authorization })
    cluster.before(method)
    const asked = method === 'PATCH' ? JSON.parse(body).metadata?.resourceVersion : undefined
    const isStale = asked !== undefined && asked !== secret.metadata.resourceVersion
    response.writeHead(cluster.status ?? (isStale ? 409 : 200), { 'content-type': 'application/json' })
    response.end(JSON.stringify(isStale ? { kind: 'Status' } : secret))
  }
  const server = tls === undefined ? http.createServer(serve) : https.createServer(tls, serve)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  let files = 0
  const cluster: TinyCluster = {
    url,
    secret,
    requests,
    before: () => undefined,
    status: undefined,
    kubeconfig(parts = {}) {
      // The client speaks plain http only to a server that is not verified anyway.
      const insecure = tls === undefined ? { 'insecure-skip-tls-verify': true } : {}
      files += 1
      const file = join(folder, `${files}.kubeconfig`)
      const config = {
        'current-context': 'test',
        clusters: [{ name: 'test', cluster: { server: url, ...insecure, ...parts.cluster } }],
        users: [{ name: 'test', user: parts.user ?? { token: 'a-bearer-token' } }],
        contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', ...parts.context } }],
      }
      writeFileSync(file, JSON.stringify(config), { mode: 0o600 })
      return file
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
