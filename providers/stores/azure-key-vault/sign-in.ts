import { AsyncLocalStorage } from 'node:async_hooks'
import type { SecretClient } from '@azure/keyvault-secrets'
import type { SecretValue } from '../../../src/contracts/secret-value.ts'
import { readSecret, type SecretSource } from '../../shared/options/secret-source.ts'
import type { Auth, Options } from './options.ts'
import { type Outcome, toSignInError } from './sign-in-errors.ts'

export type Credential = ConstructorParameters<typeof SecretClient>[1]
type Identity = typeof import('@azure/identity')
type IdentityOptions = ConstructorParameters<Identity['ClientSecretCredential']>[3] & object
type GetToken = Credential['getToken']

/** A given token says nothing of its end, so it is taken for this long and then read again. */
const givenTokenMs = 5 * 60_000
/** How long an identity may take to get a token, tries of the library included. */
const signInLimitMs = 15_000

/** What the requests of one sign-in came to. */
const currentOutcome = new AsyncLocalStorage<Outcome>()

type SignInOptions = Pick<Options, 'auth' | 'authorityHost' | 'disableInstanceDiscovery'>

/** How the options sign in. The identity library is loaded only when one of its ways is used. */
export async function openCredential(
  provider: string,
  options: SignInOptions,
  limitMs = signInLimitMs,
): Promise<Credential> {
  const { auth } = options
  if (typeof auth === 'object' && 'accessToken' in auth) {
    return {
      async getToken() {
        const token = await readSecret(auth.accessToken, provider)
        return { token: token.expose(), expiresOnTimestamp: Date.now() + givenTokenMs }
      },
    }
  }
  const identity = await import('@azure/identity')
  const more = describeRequests(options)
  const open = (secret?: SecretValue) => makeIdentity(identity, auth, more, secret)
  const source = secretOf(auth)
  return withOwnErrors(provider, source === undefined ? open() : renew(provider, source, open), limitMs)
}

/** The official library's credential for one way of signing in; `secret` where the way has one. */
export function makeIdentity(
  identity: Identity,
  auth: Exclude<Auth, { accessToken: unknown }>,
  more: IdentityOptions,
  secret?: SecretValue,
): Credential {
  if (auth === 'default') return new identity.DefaultAzureCredential(more)
  if ('managedIdentity' in auth) {
    const { clientId } = auth.managedIdentity
    return new identity.ManagedIdentityCredential(clientId === undefined ? more : { clientId, ...more })
  }
  const value = secret?.expose() ?? ''
  if ('clientSecret' in auth) {
    const { tenantId, clientId } = auth.clientSecret
    return new identity.ClientSecretCredential(tenantId, clientId, value, more)
  }
  if ('clientCertificate' in auth) {
    const { tenantId, clientId, sendChain } = auth.clientCertificate
    const given = { ...more, sendCertificateChain: sendChain }
    return new identity.ClientCertificateCredential(tenantId, clientId, { certificate: value }, given)
  }
  const { clientId, tenantId, tokenFile: tokenFilePath } = auth.workloadIdentity
  const given = Object.entries({ clientId, tenantId, tokenFilePath }).filter(([, one]) => one !== undefined)
  return new identity.WorkloadIdentityCredential({ ...more, ...Object.fromEntries(given) })
}

function secretOf(auth: Auth): SecretSource | undefined {
  if (typeof auth !== 'object') return undefined
  if ('clientSecret' in auth) return auth.clientSecret.secret
  return 'clientCertificate' in auth ? auth.clientCertificate.certificate : undefined
}

/** The secret is read again for each token, so that one that was renewed is noticed. */
function renew(
  provider: string,
  source: SecretSource,
  open: (secret: SecretValue) => Credential,
): Credential {
  let held: { secret: string; credential: Credential } | undefined
  return {
    async getToken(...args: Parameters<GetToken>) {
      const secret = await readSecret(source, provider)
      if (held?.secret !== secret.expose()) held = { secret: secret.expose(), credential: open(secret) }
      return await held.credential.getToken(...args)
    },
  }
}

/** Where tokens come from, and a look at each response: the library's errors say too little of it. */
function describeRequests(options: SignInOptions): IdentityOptions {
  const { authorityHost, disableInstanceDiscovery } = options
  return {
    ...(authorityHost === undefined ? {} : { authorityHost }),
    disableInstanceDiscovery,
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    additionalPolicies: [
      {
        position: 'perRetry',
        policy: {
          name: 'keyrota-outcome',
          async sendRequest(request, next) {
            const outcome = currentOutcome.getStore() ?? {}
            Object.assign(outcome, { host: new URL(request.url).host, answer: undefined })
            const answer = await next(request)
            outcome.answer = { status: answer.status, retryAfter: answer.headers.get('retry-after') }
            return answer
          },
        },
      },
    ],
  }
}

/** Gives the sign-in its own time and its own errors, apart from those of the vault. */
function withOwnErrors(provider: string, credential: Credential, limitMs: number): Credential {
  return {
    async getToken(scopes, options) {
      const outcome: Outcome = {}
      const limit = AbortSignal.timeout(limitMs)
      const signals = [limit, options?.abortSignal].filter((one) => one instanceof AbortSignal)
      const late = Promise.withResolvers<never>()
      limit.addEventListener('abort', () => late.reject(limit.reason), { once: true })
      try {
        const given = { ...options, abortSignal: AbortSignal.any(signals) }
        const asked = currentOutcome.run(outcome, () => credential.getToken(scopes, given))
        return await Promise.race([asked, late.promise])
      } catch (thrown) {
        throw toSignInError(provider, thrown, { ...outcome, ...(limit.aborted ? { limitMs } : {}) })
      }
    },
  }
}
