import { randomBytes } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'

/*
 * Small stand-ins for four services, each with the paths, fields and statuses of its documentation. They know
 * nothing of the issuer under test.
 */

export const adminToken = 'admin-token-of-the-stand-in-0001'

interface StandInKey {
  id: string
  name: string
  value: string
  disabled: boolean
  expires: string | null
}

interface Asked {
  method: string
  path: string
  query: URLSearchParams
  credential: string
  body: Record<string, unknown>
}

interface Reply {
  status: number
  body?: unknown
}

type Keys = Map<string, StandInKey>
type Vendor = (asked: Asked, keys: Keys) => Reply

export type Trouble = 'none' | 'denied' | 'throttled' | 'unavailable' | 'hang' | 'lost-answer' | 'truncated'

export interface StandIn {
  url: string
  keys: Keys
  trouble: Trouble
  requests: number
  close(): void
}

function makeKey(keys: Keys, name: unknown, expires: unknown): StandInKey {
  const key = {
    id: randomBytes(8).toString('hex'),
    name: String(name),
    value: `sk-${randomBytes(20).toString('hex')}`,
    disabled: false,
    expires: typeof expires === 'string' ? expires : null,
  }
  keys.set(key.id, key)
  return key
}

function isGood(keys: Keys, credential: string, scheme = 'Bearer'): boolean {
  return [...keys.values()].some((key) => !key.disabled && `${scheme} ${key.value}` === credential)
}

const openrouter: Vendor = ({ method, path, query, credential, body }, keys) => {
  if (path === '/key') return { status: isGood(keys, credential) ? 200 : 401, body: { data: {} } }
  if (credential !== `Bearer ${adminToken}`) return { status: 401 }
  const view = (key: StandInKey) => ({
    hash: key.id,
    name: key.name,
    disabled: key.disabled,
    created_at: '2026-08-24T10:30:00Z',
    expires_at: key.expires,
  })
  if (path === '/keys' && method === 'GET') {
    const offset = Number(query.get('offset') ?? 0)
    const shown = [...keys.values()].filter(
      (key) => !key.disabled || query.get('include_disabled') === 'true',
    )
    return { status: 200, body: { data: shown.slice(offset, offset + 3).map(view) } }
  }
  if (path === '/keys' && method === 'POST') {
    if (typeof body.name !== 'string') return { status: 400 }
    const key = makeKey(keys, body.name, body.expires_at)
    return { status: 201, body: { data: view(key), key: key.value } }
  }
  const key = keys.get(path.replace('/keys/', ''))
  if (key === undefined) return { status: 404 }
  if (method === 'PATCH') key.disabled = body.disabled === true
  if (method === 'DELETE') keys.delete(key.id)
  return { status: 200, body: { deleted: true } }
}

const mistral: Vendor = ({ method, path, query, credential, body }, keys) => {
  if (path === '/models') return { status: isGood(keys, credential) ? 200 : 401, body: { data: [] } }
  if (credential !== `Bearer ${adminToken}`) return { status: 401 }
  const view = (key: StandInKey) => ({
    key_id: key.id,
    key: null,
    name: key.name,
    expiration_date: key.expires,
  })
  if (path === '/admin/api-keys' && method === 'GET') {
    const [offset, limit] = [Number(query.get('offset') ?? 0), Number(query.get('limit') ?? 100)]
    const shown = [...keys.values()].slice(offset, offset + Math.min(limit, 2))
    return { status: 200, body: { keys: shown.map((key) => ({ ...view(key), last_used: null })) } }
  }
  if (path === '/admin/api-keys' && method === 'POST') {
    const isDay = body.expiration === undefined || /^\d{4}-\d\d-\d\d$/.test(String(body.expiration))
    if (typeof body.workspace_uuid !== 'string' || typeof body.user_id !== 'string' || !isDay)
      return { status: 422 }
    const key = makeKey(keys, body.name, body.expiration)
    return { status: 200, body: { ...view(key), key: key.value, hidden_key: 'sk-...' } }
  }
  const isThere = method === 'DELETE' && keys.delete(path.replace('/admin/api-keys/', ''))
  return { status: isThere ? 200 : 404, body: { detail: 'done' } }
}

const sendgrid: Vendor = ({ method, path, credential, body }, keys) => {
  if (path === '/scopes') return { status: isGood(keys, credential) ? 403 : 401 }
  if (credential !== `Bearer ${adminToken}`) return { status: 401 }
  if (path === '/api_keys' && method === 'GET') {
    return {
      status: 200,
      body: { result: [...keys.values()].map(({ id, name }) => ({ api_key_id: id, name })) },
    }
  }
  if (path === '/api_keys' && method === 'POST') {
    if (!Array.isArray(body.scopes)) return { status: 400 }
    if (keys.size >= 100)
      return { status: 403, body: { errors: [{ message: 'Cannot create more than 100 API Keys' }] } }
    const key = makeKey(keys, body.name, null)
    return {
      status: 201,
      body: { api_key: key.value, api_key_id: key.id, name: key.name, scopes: body.scopes },
    }
  }
  return { status: method === 'DELETE' && keys.delete(path.replace('/api_keys/', '')) ? 204 : 404 }
}

const jupyterhub: Vendor = ({ method, path, credential, body }, keys) => {
  const own = [...keys.values()].find((key) => `token ${key.value}` === credential)
  if (path === '/user')
    return own ? { status: 200, body: { name: 'renderer', token_id: own.id } } : { status: 403 }
  if (credential !== `token ${adminToken}`) return { status: 403 }
  if (path === '/users/renderer/tokens' && method === 'GET') {
    const tokens = [...keys.values()].map(({ id, name }) => ({ id, note: name, last_activity: null }))
    return { status: 200, body: { api_tokens: tokens } }
  }
  if (path === '/users/renderer/tokens' && method === 'POST') {
    if (body.expires_in !== undefined && !Number.isInteger(body.expires_in)) return { status: 400 }
    const expires =
      body.expires_in === undefined
        ? null
        : new Date(Date.now() + Number(body.expires_in) * 1000).toISOString()
    const key = makeKey(keys, body.note, expires)
    return { status: 201, body: { token: key.value, id: key.id, note: key.name, expires_at: key.expires } }
  }
  return {
    status: method === 'DELETE' && keys.delete(path.replace('/users/renderer/tokens/', '')) ? 204 : 404,
  }
}

const vendors: Readonly<Record<string, Vendor>> = { openrouter, mistral, sendgrid, jupyterhub }

/** Starts the stand-in of this name on a free port of the loopback interface. */
export async function startStandIn(name: string): Promise<StandIn> {
  const vendor = vendors[name]
  if (vendor === undefined) throw new Error(`no stand-in ${name}`)
  const keys: Keys = new Map()
  const server = http.createServer(async (request, response) => {
    standIn.requests++
    let text = ''
    for await (const chunk of request) text += chunk
    const url = new URL(request.url ?? '/', 'http://stand-in')
    const asked = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      credential: standIn.trouble === 'denied' ? 'none' : (request.headers.authorization ?? ''),
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    }
    reply(response, standIn.trouble, () => vendor(asked, keys))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const standIn: StandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys,
    trouble: 'none',
    requests: 0,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return standIn
}

function reply(response: http.ServerResponse, trouble: Trouble, answer: () => Reply): void {
  if (trouble === 'hang') return
  if (trouble === 'throttled') {
    response.writeHead(429, { 'retry-after': '3' }).end()
    return
  }
  if (trouble === 'unavailable') {
    response.writeHead(503).end('{"error":"down"}')
    return
  }
  const { status, body } = answer()
  if (trouble === 'lost-answer') {
    response.destroy()
    return
  }
  const text = body === undefined ? '' : JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  if (trouble === 'truncated') {
    response.write(text.slice(0, text.length / 2), () => response.destroy())
    return
  }
  response.end(text)
}
