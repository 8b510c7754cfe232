import type { Call } from '../../../../src/contracts/call.ts'
import { ProviderError } from '../../../../src/contracts/errors.ts'
import type { SecretValue } from '../../../../src/contracts/secret-value.ts'
import { readSecret } from '../../../shared/options/secret-source.ts'
import type { VaultClient, VaultRequest } from '../client.ts'
import type { Options } from '../options.ts'
import { type GivenToken, openGivenToken } from './given-token.ts'
import { describeLogin, type Login, readLogin } from './login.ts'
import { shareWork } from './shared-work.ts'

export interface Session {
  /** Sends the request with a valid token; a token that ended is replaced by a new login, once. */
  send(request: VaultRequest, call: Call): Promise<unknown>
  /** What a person should know about the token in use. */
  describeToken(): string[]
  /** Revokes the tokens of all logins, also of one that is still running. */
  close(): Promise<void>
}

/** A token to send a request with; `fresh` when it was asked for just now, so that a 403 cannot mean that it ended. */
interface Ticket {
  token: SecretValue
  fresh: boolean
}

/** Where tokens come from. */
interface TokenSource {
  take(call: Call): Promise<Ticket>
  /** This token was found to be ended. */
  drop(token: SecretValue): void
  describe(): string[]
  close(): Promise<void>
  /** The token was made elsewhere: when it ends there is no other one. */
  readonly isGiven: boolean
  /** Nothing shows whether the token has ended. */
  isBlind(): boolean
}

const closeLimitMs = 2000

/** Signs in as the options say. Keeps the token of a login in memory only. */
export function openSession(provider: string, client: VaultClient, auth: Options['auth']): Session {
  const source = 'token' in auth ? useGiven(provider, client, auth.token) : useLogins(provider, client, auth)

  /** A 403 means a token that expired or one without the right; only looking the token up distinguishes them. */
  async function hasEnded(token: SecretValue, call: Call): Promise<boolean> {
    try {
      await client.send({ path: 'auth/token/lookup-self', at: 'auth', token }, call)
      return false
    } catch (error) {
      if (isDenied(error)) return true
      throw error
    }
  }

  return {
    async send(request, call) {
      const { token, fresh } = await source.take(call)
      try {
        return await client.send({ ...request, token }, call)
      } catch (error) {
        if (!isDenied(error) || (fresh && !source.isGiven)) throw error
        if (!source.isBlind() && !(await hasEnded(token, call))) throw error
        if (source.isGiven) throw failEnded(provider, error)
      }
      source.drop(token)
      return await client.send({ ...request, token: (await source.take(call)).token }, call)
    },
    describeToken: () => source.describe(),
    close: () => source.close(),
  }
}

/** The source is read for each call, since somebody else may put another token there. */
function useGiven(
  provider: string,
  client: VaultClient,
  given: Extract<Options['auth'], { token: unknown }>['token'],
): TokenSource {
  let held: GivenToken | undefined
  return {
    async take(call) {
      const token = await readSecret(given, provider)
      if (held?.token.expose() !== token.expose()) held = openGivenToken(provider, client, token)
      await held.keepAlive(call)
      return { token, fresh: true }
    },
    isGiven: true,
    isBlind: () => held?.isBlind() === true,
    drop: () => undefined,
    describe: () => [held?.describeEnd()].filter((note) => note !== undefined),
    close: async () => undefined,
  }
}

/** Logins and renewals are shared: a secret id may be good for one login only. */
function useLogins(provider: string, client: VaultClient, auth: Options['auth']): TokenSource {
  let login: Login | undefined
  /** Every login that may still be alive: one that was replaced lives on until its lease ends. */
  const obtained = new Set<Login>()

  function keep(made: Login, replaced?: Login): Login {
    const now = performance.now()
    for (const one of obtained) if (one === replaced || one.endsAt <= now) obtained.delete(one)
    obtained.add(made)
    login = made
    return made
  }

  const signIn = shareWork({ provider, what: 'the login' }, async (call) =>
    keep(readLogin(await client.send(await describeLogin(provider, auth), call), provider)),
  )

  const renewal = shareWork({ provider, what: 'the renewal of the token' }, async (call) => {
    const held = login
    if (held === undefined) return signIn.join(call)
    try {
      const request = { path: 'auth/token/renew-self', at: 'auth' as const, body: {}, token: held.token }
      const renewed = readLogin(await client.send(request, call), provider)
      return keep({ ...renewed, token: held.token }, held)
    } catch (error) {
      if (isDenied(error)) return signIn.join(call)
      throw error
    }
  })

  async function revoke({ token }: Login, signal: AbortSignal): Promise<void> {
    const request = { path: 'auth/token/revoke-self', at: 'auth' as const, body: {}, token, mutates: true }
    await client.send(request, { signal, beforeSend: () => undefined })
  }

  return {
    async take(call) {
      const now = performance.now()
      if (login === undefined || now >= login.endsAt)
        return { token: (await signIn.join(call)).token, fresh: true }
      if (now < login.renewAt) return { token: login.token, fresh: false }
      const next = await (login.renewable ? renewal : signIn).join(call)
      return { token: next.token, fresh: true }
    },
    drop(token) {
      if (login?.token === token) login = undefined
    },
    isGiven: false,
    isBlind: () => false,
    describe: () => [],
    async close() {
      const limit = AbortSignal.timeout(closeLimitMs)
      await renewal.close(limit)
      await signIn.close(limit)
      login = undefined
      const signal = AbortSignal.timeout(closeLimitMs)
      // A token that cannot be revoked ends with its lease; that does not undo what was done with it.
      await Promise.allSettled([...obtained].map((one) => revoke(one, signal)))
      obtained.clear()
    },
  }
}

/** The server refuses a wrong token and a missing right in the same way; a token that is valid may look itself up. */
function failEnded(provider: string, refused: ProviderError): ProviderError {
  return new ProviderError({
    code: 'denied',
    provider,
    message:
      'the given token is not accepted: it is wrong, expired or revoked, or has neither the right for this request nor the `default` policy',
    effect: 'none',
    nextStep: `Put a current token where \`auth.token\` of this store says. If it is current: ${refused.nextStep}`,
  })
}

function isDenied(error: unknown): error is ProviderError {
  return error instanceof ProviderError && error.code === 'denied'
}
