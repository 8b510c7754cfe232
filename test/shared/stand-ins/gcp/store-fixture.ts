import { randomBytes, randomUUID } from 'node:crypto'
import { make } from '../../../../providers/stores/gcp-secret-manager/index.ts'
import {
  checkAddress,
  options as optionsSchema,
} from '../../../../providers/stores/gcp-secret-manager/options.ts'
import type { SecretStore } from '../../../../src/contracts/secret-store.ts'
import type { Content, Fault, StoreFixture } from '../../../laws/secret-store.ts'
import { type FaultAction, type FaultProxy, onPath, startFaultProxy } from '../../network/fault-proxy.ts'

export interface GcpServer {
  endpoint: string
  project: string
  /** Regional secrets when named. */
  location?: string
  token: string
  /** Registers a token that may do nothing; undefined where the server asks for no token. */
  denyToken?: (token: string) => Promise<void>
}

export interface GcpFixture extends StoreFixture {
  readonly proxy: FaultProxy
  /** A store that uses this token. */
  storeWith(token: string): SecretStore
  /** One request past adapter and proxy, as the administrator; the path begins behind `/v1/`. */
  request(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>
  /** The resource name of a secret. */
  resource(secret: string): string
  close(): Promise<void>
}

const addVersion = onPath('POST', /:addVersion/)

/** Holds the Google store against a server, through the fault proxy. */
export async function makeGcpFixture(server: GcpServer): Promise<GcpFixture> {
  const proxy = await startFaultProxy({ upstream: server.endpoint })
  const made: SecretStore[] = []
  const variables: string[] = []
  const storeWith = (token: string): SecretStore => {
    const env = `KEYROTA_TEST_TOKEN_${randomBytes(4).toString('hex').toUpperCase()}`
    process.env[env] = token
    variables.push(env)
    const { project, location } = server
    const place = { endpoint: proxy.url, project, ...(location === undefined ? {} : { location }) }
    const store = make(optionsSchema.parse({ ...place, accessToken: { env }, settle: '100ms' }), {
      name: 'gcp',
      stateFolder: '/nonexistent',
    })
    made.push(store)
    return store
  }
  const store = storeWith(server.token)
  const raw = rawSide(server)
  const arm = (action: FaultAction, when?: typeof addVersion, times = Number.POSITIVE_INFINITY): Fault => {
    proxy.arm({ action, times, ...(when === undefined ? {} : { when }) })
    return { store, undo: async () => proxy.clear() }
  }
  return {
    ...raw,
    store,
    proxy,
    storeWith,
    nature: {
      wholeSecret: true,
      distinguishesAbsent: false,
      sendsRetryAfter: true,
      retires: 'gone',
      maxValueBytes: 65_536 - JSON.stringify({ API_KEY: '' }).length,
      calls: { readCurrent: 2, readVersion: 1, write: 3 },
    },
    checkAddress,
    anotherStore: async () => storeWith(server.token),
    absentSecret: async () => `law-absent-${randomBytes(6).toString('hex')}`,
    illegalNames: ['', 'a b', 'a/b', 'x'.repeat(256), 'projects/p/secrets/', 'naïve'],
    illegalFields: [''],
    unknownVersion: '4711',
    requestCount: async () => proxy.count(),
    landBeforeNextWrite: async (secret, content) =>
      arm({ kind: 'meanwhile', run: () => raw.foreignWrite(secret, content) }, addVersion, 1),
    denied: async () => {
      if (server.denyToken === undefined) return arm(refuse(403, 'PERMISSION_DENIED', []))
      const token = randomUUID()
      await server.denyToken(token)
      return { store: storeWith(token), undo: async () => undefined }
    },
    throttled: async () => arm(refuse(429, 'RESOURCE_EXHAUSTED', [retryInfo])),
    unavailable: async () => arm(refuse(503, 'UNAVAILABLE', [])),
    hang: async () => arm({ kind: 'hang' }),
    lostAnswer: async () => arm({ kind: 'cut-after' }, addVersion, 1),
    close: async () => {
      for (const one of made) await one.close?.()
      for (const env of variables) delete process.env[env]
      await proxy.close()
    },
  }
}

const retryInfo = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2s' }

function refuse(code: number, status: string, details: unknown[]): FaultAction {
  const body = JSON.stringify({ error: { code, status, message: 'made by the proxy', details } })
  return { kind: 'answer', status: code, headers: { 'content-type': 'application/json' }, body }
}

function rawSide(server: GcpServer) {
  const parent = `projects/${server.project}${server.location === undefined ? '' : `/locations/${server.location}`}`
  const resource = (secret: string) => `${parent}/secrets/${secret}`
  const request = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${server.endpoint}/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`)
    return JSON.parse(text || '{}') as Record<string, unknown>
  }
  const add = (secret: string, text: string) =>
    request('POST', `${resource(secret)}:addVersion`, {
      payload: { data: Buffer.from(text).toString('base64') },
    })
  const rawText = async (secret: string): Promise<string> => {
    const { payload } = await request('GET', `${resource(secret)}/versions/latest:access`)
    return Buffer.from((payload as { data: string }).data, 'base64').toString('utf8')
  }
  const newEmptySecret = async (): Promise<string> => {
    const id = `law-${randomBytes(6).toString('hex')}`
    const replication = server.location === undefined ? { replication: { automatic: {} } } : {}
    await request('POST', `${parent}/secrets?secretId=${id}`, replication)
    return id
  }
  return {
    request,
    resource,
    rawText,
    newEmptySecret,
    async rawRead(secret: string): Promise<Content> {
      const text = await rawText(secret)
      try {
        const parsed: unknown = JSON.parse(text)
        return typeof parsed === 'object' && !Array.isArray(parsed) ? (parsed as Content) : text
      } catch {
        return text
      }
    },
    async newSecret(content: Content): Promise<string> {
      const id = await newEmptySecret()
      await add(id, typeof content === 'string' ? content : JSON.stringify(content))
      return id
    },
    async foreignWrite(secret: string, content: Content): Promise<void> {
      const text =
        typeof content === 'string'
          ? content
          : JSON.stringify({ ...(JSON.parse(await rawText(secret)) as object), ...content })
      await add(secret, text)
    },
    async versionCount(secret: string): Promise<number> {
      const answer = await request('GET', `${resource(secret)}/versions?pageSize=100`)
      const versions = (answer.versions ?? []) as { state: string }[]
      return versions.filter(({ state }) => state !== 'DESTROYED').length
    },
    /** The secret with its etag, labels, annotations and aliases, and each version with its state and etag. */
    snapshot: async (secret: string): Promise<unknown> => ({
      secret: await request('GET', resource(secret)),
      versions: await request('GET', `${resource(secret)}/versions?pageSize=100`),
    }),
    hide: {
      'disabled version': async (secret: string) => {
        await request('POST', `${resource(secret)}/versions/1:disable`, {})
      },
      'destroyed version': async (secret: string) => {
        await request('POST', `${resource(secret)}/versions/1:destroy`, {})
      },
      'deleted secret': async (secret: string) => {
        await request('DELETE', resource(secret))
      },
    },
  }
}
