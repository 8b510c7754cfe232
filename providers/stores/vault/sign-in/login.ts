import { ProviderError } from '../../../../src/contracts/errors.ts'
import { SecretValue } from '../../../../src/contracts/secret-value.ts'
import { readSecret } from '../../../shared/options/secret-source.ts'
import type { VaultRequest } from '../client.ts'
import type { Options } from '../options.ts'

/** A token as a login or a renewal returns it. */
export interface Login {
  token: SecretValue
  renewable: boolean
  /** Milliseconds on the monotonic clock; Infinity for a token without an end. */
  renewAt: number
  endsAt: number
}

/** A third of the lease is left for a renewal that does not work at once. */
const renewAfterShare = 2 / 3

export async function describeLogin(provider: string, auth: Options['auth']): Promise<VaultRequest> {
  if ('appRole' in auth) {
    const { mount, roleId, secretId } = auth.appRole
    const body = {
      role_id: (await readSecret(roleId, provider)).expose(),
      secret_id: (await readSecret(secretId, provider)).expose(),
    }
    const login = {
      who: `AppRole at auth/${mount}`,
      nextStep: `Check the role id and the secret id, which may be expired, used up or bound to other addresses, and that auth/${mount} is mounted.`,
    }
    return { path: `auth/${mount}/login`, at: 'auth', body, login }
  }
  if ('kubernetes' in auth) {
    const { mount, role, tokenFile } = auth.kubernetes
    const jwt = await readSecret({ file: tokenFile }, provider)
    const login = {
      who: `the role ${role} at auth/${mount}`,
      nextStep: `Check that auth/${mount} has the role ${role}, that the role names this service account, its namespace and an audience of its token, and that the token in ${tokenFile} is current.`,
    }
    return { path: `auth/${mount}/login`, at: 'auth', body: { role, jwt: jwt.expose() }, login }
  }
  throw new TypeError('a given token needs no login')
}

export function readLogin(body: unknown, provider: string): Login {
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
