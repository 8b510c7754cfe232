import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { SecretValue } from '../../../src/contracts/secret-value.ts'
import { readSecret } from '../../shared/secret-source.ts'
import type { VaultClient, VaultRequest } from './client.ts'
import type { Options } from './options.ts'

interface Login {
  token: SecretValue
  renewable: boolean
  /** Milliseconds on the monotonic clock; Infinity for a token without an end. */
  renewAt: number
  endsAt: number
}

export interface Session {
  /** Sends the request with a valid token; a token that ended is replaced by a new login, once. */
  send(request: VaultRequest, call: Call): Promise<unknown>
  /** Gives back the token of a login. */
  close(): Promise<void>
}

/** A third of the lease is left for a renewal that does not work at once. */
const renewAfterShare = 2 / 3
const closeLimitMs = 2000

/** Signs in as the options say. Keeps the token of a login in memory only. */
export function openSession(provider: string, client: VaultClient, auth: Options['auth']): Session {
  let login: Login | undefined

  async function signIn(call: Call): Promise<Login> {
    const request = await describeLogin(provider, auth)
    const made = readLogin(await client.send(request, call), provider)
    login = made
    return made
  }

  async function renew(held: Login, call: Call): Promise<Login> {
    const request = { path: 'auth/token/renew-self', body: {}, token: held.token }
    try {
      const renewed = readLogin(await client.send(request, call), provider)
      login = renewed
      return renewed
    } catch (error) {
      if (isDenied(error)) return signIn(call)
      throw error
    }
  }

  /** The token to use; `fresh` when it was asked for just now. */
  async function takeToken(call: Call): Promise<{ token: SecretValue; fresh: boolean }> {
    if ('token' in auth) return { token: await readSecret(auth.token, provider), fresh: true }
    const now = performance.now()
    if (login === undefined || now >= login.endsAt) return { token: (await signIn(call)).token, fresh: true }
    if (now < login.renewAt) return { token: login.token, fresh: false }
    const next = login.renewable ? await renew(login, call) : await signIn(call)
    return { token: next.token, fresh: true }
  }

  /** A 403 says the same of a token that ended and of one without the right; only its own lookup tells which. */
  async function hasEnded(token: SecretValue, call: Call): Promise<boolean> {
    try {
      await client.send({ path: 'auth/token/lookup-self', token }, call)
      return false
    } catch (error) {
      if (isDenied(error)) return true
      throw error
    }
  }

  return {
    async send(request, call) {
      const { token, fresh } = await takeToken(call)
      try {
        return await client.send({ ...request, token }, call)
      } catch (error) {
        if (fresh || !isDenied(error) || !(await hasEnded(token, call))) throw error
      }
      if (login?.token === token) login = undefined
      return await client.send({ ...request, token: (await takeToken(call)).token }, call)
    },
    async close() {
      const held = login
      login = undefined
      if (held === undefined) return
      const call = { signal: AbortSignal.timeout(closeLimitMs), beforeSend: () => undefined }
      const request = { path: 'auth/token/revoke-self', body: {}, token: held.token, mutates: true }
      // A token that cannot be given back ends with its lease; that is no reason to fail what was done with it.
      await client.send(request, call).catch(() => undefined)
    },
  }
}

async function describeLogin(provider: string, auth: Options['auth']): Promise<VaultRequest> {
  if ('appRole' in auth) {
    const { mount, roleId, secretId } = auth.appRole
    const body = {
      role_id: (await readSecret(roleId, provider)).expose(),
      secret_id: (await readSecret(secretId, provider)).expose(),
    }
    return { path: `auth/${mount}/login`, body }
  }
  if ('kubernetes' in auth) {
    const { mount, role, tokenFile } = auth.kubernetes
    const jwt = await readSecret({ file: tokenFile }, provider)
    return { path: `auth/${mount}/login`, body: { role, jwt: jwt.expose() } }
  }
  throw new TypeError('a given token needs no login')
}

function readLogin(body: unknown, provider: string): Login {
  const auth = (body as { auth?: Record<string, unknown> } | undefined)?.auth
  const { client_token: token, lease_duration: seconds, renewable } = auth ?? {}
  if (typeof token !== 'string' || token === '' || typeof seconds !== 'number') {
    throw new ProviderError({
      code: 'unavailable',
      provider,
      message: 'the answer to the login holds no token',
      effect: 'none',
      nextStep: 'Check that the address is that of a Vault or OpenBao server.',
    })
  }
  const now = performance.now()
  const leaseMs = seconds === 0 ? Number.POSITIVE_INFINITY : seconds * 1000
  return {
    token: new SecretValue(token),
    renewable: renewable === true,
    renewAt: now + leaseMs * renewAfterShare,
    endsAt: now + leaseMs,
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof ProviderError && error.code === 'denied'
}
