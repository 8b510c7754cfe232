/** What the API server counted of requests for ManagedKeys, which nothing but Keyrota and this cluster's own watches send. */
import type { KubernetesServer } from '../../stand-ins/kubernetes/server.ts'

/** Requests by verb and resource, e.g. `PATCH managedkeys/status`. */
export type RequestCounts = ReadonlyMap<string, number>

export async function countRequests(server: KubernetesServer): Promise<RequestCounts> {
  const metrics = await server.kubectl('get', '--raw', '/metrics')
  const counts = new Map<string, number>()
  for (const line of metrics.split('\n')) {
    if (!line.startsWith('apiserver_request_total{') || !line.includes('group="keyrota.dev"')) continue
    const label = (name: string) => new RegExp(`[{,]${name}="([^"]*)"`).exec(line)?.[1] ?? ''
    const name = [label('resource'), label('subresource')].filter(Boolean).join('/')
    const key = `${label('verb')} ${name}`
    counts.set(key, (counts.get(key) ?? 0) + Number(line.slice(line.lastIndexOf(' '))))
  }
  return counts
}

/** What was added, without what stayed the same. */
export function difference(before: RequestCounts, after: RequestCounts): Record<string, number> {
  const added = [...after].map(([key, count]) => [key, count - (before.get(key) ?? 0)] as const)
  return Object.fromEntries(added.filter(([, count]) => count > 0))
}
