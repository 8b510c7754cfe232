/* A tiny workload behind the requests that the consumer makes, with what a real API server cannot be brought to do. */

import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { ProviderError } from '../../../../src/contracts/errors.ts'
import { collectBody } from '../../network/forward.ts'
import type { TinyWorkload } from './tiny-workload.ts'

export interface WorkloadServer {
  readonly url: string
  /** Method and path of each request. */
  readonly requests: string[]
  /** What is done instead of serving; returns false to have it served. */
  instead: ((response: http.ServerResponse, request: { method: string; body: string }) => unknown) | undefined
  close(): Promise<void>
}

const call = { signal: new AbortController().signal, beforeSend: () => undefined }

export async function startWorkloadServer(tiny: TinyWorkload): Promise<WorkloadServer> {
  const requests: string[] = []
  const serve: http.RequestListener = async (request, response) => {
    const body = (await collectBody(request)).toString()
    requests.push(`${request.method} ${request.url}`)
    const { method = '' } = request
    if (server.instead && server.instead(response, { method, body }) !== false) return
    const { status, answer } = await answerTo(tiny, request, body)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer))
  }
  const listening = http.createServer(serve)
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const server: WorkloadServer = {
    url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`,
    requests,
    instead: undefined,
    close: () =>
      new Promise((resolve) => {
        listening.close(() => resolve())
        listening.closeAllConnections()
      }),
  }
  return server
}

async function answerTo(
  tiny: TinyWorkload,
  { method, url = '', headers }: http.IncomingMessage,
  body: string,
): Promise<{ status: number; answer: object }> {
  const { kind, namespace, name } = tiny.name
  if (method === 'GET' && url.startsWith(`/api/v1/namespaces/${namespace}/pods?`))
    return {
      status: 200,
      answer: { kind: 'PodList', metadata: {}, items: await tiny.listPods(tiny.object, call) },
    }
  const place = `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`
  if (!url.startsWith(place)) return { status: 404, answer: { kind: 'Status' } }
  if (method === 'GET') return { status: 200, answer: await tiny.read(call) }
  const isMerge = headers['content-type'] === 'application/merge-patch+json'
  if (method !== 'PATCH' || !isMerge) return { status: 415, answer: { kind: 'Status' } }
  try {
    return { status: 200, answer: await tiny.patch(JSON.parse(body), call, url.includes('dryRun=All')) }
  } catch (error) {
    if (error instanceof ProviderError) return { status: 409, answer: { kind: 'Status' } }
    throw error
  }
}
