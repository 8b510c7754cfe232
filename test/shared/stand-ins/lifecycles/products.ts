import { idOfValue, type Product } from '../../rigs/product/product.ts'
import { ADMIN_NAME, adminToken, callWith, makeValue, probing, type Reply, startService } from './service.ts'

/* Stand-ins for the lifecycles of which no real product runs here, each with its description for the issuer `http`. */

const authOf = (credential: string) => ({ management: { bearer: { env: credential } } })

/** Two keys of an account, of which the admin regenerates one at a time. */
export async function startSlots(): Promise<Product> {
  const keys: Record<string, string> = { key1: makeValue(), key2: makeValue() }
  const opens = (value: string) => Object.values(keys).includes(value)
  const service = await startService(opens, ({ line, body }) => {
    if (line === 'GET /keys') return { status: 200, json: keys }
    if (line !== 'POST /keys/regenerate') return { status: 404 }
    const name = String(body.name)
    if (!(name in keys)) return { status: 400 }
    keys[name] = makeValue()
    return { status: 200, json: {} }
  })
  return {
    name: 'slots',
    origin: service.origin,
    credentials: { [ADMIN_NAME]: adminToken },
    describe: (base, credential = ADMIN_NAME) => ({
      base,
      auth: authOf(credential),
      lifecycle: 'slots',
      slots: { key1: { value: '$.key1' }, key2: { value: '$.key2' } },
      create: { request: 'POST /keys/regenerate', json: { name: '{{ slot }}' } },
      readBack: { request: 'GET /keys' },
      probe: probing,
      settle: '0s',
    }),
    makeKey: async () => keys.key1 ?? '',
    call: (key) => callWith(service.origin, key),
    liveKeys: async () => Object.entries(keys).map(([name, value]) => `${name}@${value}`),
    idOf: (key) => {
      const [name = '', value = ''] = key.split('@')
      return `${name}@${idOfValue(value).slice('fp:'.length)}`
    },
    close: service.close,
  }
}

/** Passwords of an account: the client chooses them, and several are accepted at the same time. */
export async function startSelf(): Promise<Product> {
  const passwords = new Map<string, string>()
  const opens = (value: string) => [...passwords.values()].includes(value)
  const service = await startService(opens, ({ line, body }) => {
    const name = decodeURIComponent(line.replace(/^\S+ \/passwords\//, ''))
    if (line === 'GET /passwords') {
      const listed = [...passwords.keys()].map((one) => [one, { label: one }])
      return { status: 200, json: { byName: Object.fromEntries(listed) } }
    }
    if (line.startsWith('PUT ')) {
      passwords.set(name, String(body.password))
      return { status: 200, json: { name } }
    }
    return { status: line.startsWith('DELETE ') && passwords.delete(name) ? 204 : 404 }
  })
  return {
    name: 'self',
    origin: service.origin,
    credentials: { [ADMIN_NAME]: adminToken },
    describe: (base, credential = ADMIN_NAME) => ({
      base,
      auth: authOf(credential),
      lifecycle: 'self',
      create: {
        request: 'PUT /passwords/{{ name }}',
        json: { password: '{{ value }}' },
        generate: { value: { prefix: 'app_' } },
        id: '$.name',
      },
      list: { request: 'GET /passwords', items: '$.byName', map: true, name: '$.label' },
      revoke: { request: 'DELETE /passwords/{{ id }}' },
      probe: probing,
      settle: '0s',
    }),
    makeKey: async () => {
      passwords.set('by-hand', makeValue())
      return passwords.get('by-hand') ?? ''
    },
    call: (key) => callWith(service.origin, key),
    liveKeys: async () => [...passwords.keys()],
    idOf: (name) => name,
    close: service.close,
  }
}

export type OldKeyOnIssue = 'lives' | 'dies' | { diesAfter: string }

/** A secret that is replaced in place. `endPrevious` lets the time of the replaced one be over. */
export async function startRoll(oldKeyOnIssue: OldKeyOnIssue): Promise<Product & { endPrevious(): void }> {
  let current = makeValue()
  let previous: string | undefined
  const opens = (value: string) => value === current || value === previous
  const answers: Readonly<Record<string, () => Reply>> = {
    'POST /secret': () => {
      previous = oldKeyOnIssue === 'dies' ? undefined : current
      current = makeValue()
      return { status: 200, json: { value: current } }
    },
    'GET /secret': () => ({ status: 200, json: { value: current } }),
    'DELETE /secret/previous': () => {
      const had = previous !== undefined
      previous = undefined
      return { status: had ? 204 : 404 }
    },
  }
  const service = await startService(opens, ({ line }) => answers[line]?.() ?? { status: 404 })
  const parts = { value: '$.value' }
  return {
    name: 'roll',
    origin: service.origin,
    credentials: { [ADMIN_NAME]: adminToken },
    describe: (base, credential = ADMIN_NAME) => ({
      base,
      auth: authOf(credential),
      lifecycle: 'roll',
      oldKeyOnIssue,
      create: { request: 'POST /secret', parts },
      readBack: { request: 'GET /secret', parts },
      ...(oldKeyOnIssue === 'dies' ? {} : { endOverlap: { request: 'DELETE /secret/previous' } }),
      probe: probing,
      settle: '0s',
    }),
    makeKey: async () => current,
    call: (key) => callWith(service.origin, key),
    liveKeys: async () => [previous, current].filter((one) => one !== undefined),
    idOf: idOfValue,
    endPrevious: () => {
      if (typeof oldKeyOnIssue === 'object') previous = undefined
    },
    close: service.close,
  }
}
