import type { Call } from '../../../../src/contracts/call.ts'
import { ProviderError } from '../../../../src/contracts/errors.ts'
import type { SecretValue } from '../../../../src/contracts/secret-value.ts'
import type { VaultClient } from '../client.ts'
import { readLogin } from './login.ts'
import { shareWork } from './shared-work.ts'

/** A token that was created elsewhere: it is kept alive if it can be renewed, and never revoked. */
export interface GivenToken {
  readonly token: SecretValue
  /** Looks the token up, once, and renews it when part of its time is gone. */
  keepAlive(call: Call): Promise<void>
  /** What a person should know of its end; to be asked after `keepAlive`. */
  describeEnd(): string | undefined
  /** It was refused when it looked itself up: asking again would say no more. */
  isBlind(): boolean
}

type Life =
  | { is: 'unknown' }
  /** Milliseconds on the monotonic clock; Infinity for a token without an end. */
  | { is: 'known'; endsAt: number; renewAt: number; renewable: boolean }

/**
 * The next command may start long after this one, so a token is renewed early, not when it is about to end. A token
 * can be near its end when it is first seen, therefore this is a share of the time that it is given each time.
 */
const renewAfterShare = 1 / 3
/** Servers count whole seconds, so a renewal that adds less than this added nothing. */
const leastGainMs = 1000

export function openGivenToken(provider: string, client: VaultClient, token: SecretValue): GivenToken {
  let life: Life | undefined

  const lookup = shareWork({ provider, what: 'the lookup of the token' }, async (call) => {
    try {
      const answer = await client.send({ path: 'auth/token/lookup-self', at: 'auth', token }, call)
      life = readLife(answer, provider)
    } catch (error) {
      if (!isRefused(error, 'denied')) throw error
      life = { is: 'unknown' }
    }
    return life
  })

  const renewal = shareWork({ provider, what: 'the renewal of the token' }, async (call) => {
    const before = life
    if (before?.is !== 'known') return
    try {
      const request = { path: 'auth/token/renew-self', at: 'auth' as const, body: {}, token }
      const renewed = readLogin(await client.send(request, call), provider)
      const leftMs = renewed.endsAt - performance.now()
      const isLonger = renewed.endsAt > before.endsAt + leastGainMs
      life = describeLife(leftMs, { fullMs: leftMs, renewable: renewed.renewable && isLonger })
    } catch (error) {
      if (!isRefused(error, 'denied', 'invalid')) throw error
      life = { ...before, renewable: false }
    }
  })

  return {
    token,
    async keepAlive(call) {
      const known = life ?? (await lookup.join(call))
      if (known.is === 'known' && known.renewable && performance.now() >= known.renewAt)
        await renewal.join(call)
    },
    isBlind: () => life?.is === 'unknown',
    describeEnd: () => (life === undefined ? undefined : describeEnd(life)),
  }
}

function describeLife(leftMs: number, about: { fullMs: number; renewable: boolean }): Life {
  const endsAt = performance.now() + leftMs
  const renewAt = endsAt - about.fullMs * (1 - renewAfterShare)
  return { is: 'known', endsAt, renewAt, renewable: about.renewable }
}

/** A token without an end has a `ttl` of 0 (https://developer.hashicorp.com/vault/api-docs/auth/token). */
function readLife(body: unknown, provider: string): Life {
  type Answer = { data?: { ttl?: unknown; creation_ttl?: unknown; period?: unknown; renewable?: unknown } }
  const { ttl, creation_ttl: creationTtl, period, renewable } = (body as Answer | undefined)?.data ?? {}
  if (typeof ttl !== 'number') {
    throw new ProviderError({
      code: 'unavailable',
      provider,
      message: 'the response to the lookup of the token does not say when it expires',
      effect: 'none',
      nextStep: 'Check that the address is that of a Vault or OpenBao server.',
    })
  }
  if (ttl === 0) return describeLife(Number.POSITIVE_INFINITY, { fullMs: 0, renewable: false })
  const full = [period, creationTtl].find((one) => typeof one === 'number' && one > 0) ?? ttl
  return describeLife(ttl * 1000, { fullMs: Number(full) * 1000, renewable: renewable === true })
}

function describeEnd(life: Life): string | undefined {
  if (life.is === 'unknown')
    return 'the token may not look itself up: when it expires is not known, and it is not renewed'
  if (life.renewable || life.endsAt === Number.POSITIVE_INFINITY) return undefined
  const left = formatTime(life.endsAt - performance.now())
  return `the token expires in ${left} and cannot be renewed: a rotation that lasts longer needs another one`
}

function formatTime(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000))
  if (minutes < 120) return `${minutes} min`
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`
}

function isRefused(error: unknown, ...codes: string[]): boolean {
  return error instanceof ProviderError && codes.includes(error.code)
}
