/** GitHub's keys for messages of the partner program, fetched when one is not known and kept for a day. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { Call, TimedContext } from '../../../src/contracts/call.ts'
import { isObject } from '../../shared/options/is-object.ts'

const KEPT_MS = 86_400_000
/** Anybody can send the name of a key that is not known: that must not become a flood at GitHub. */
const ASKED_AT_MOST_EVERY_MS = 60_000
const MAX_KEYS = 50
const CURVE = 'prime256v1'

export type AskForKeys = (call: Call) => Promise<unknown>

export class PublicKeys {
  readonly #ask: AskForKeys
  readonly #context: TimedContext
  #keys = new Map<string, KeyObject>()
  #askedAt = Number.NEGATIVE_INFINITY
  #asking: Promise<boolean> | null = null

  constructor(context: TimedContext, ask: AskForKeys) {
    this.#context = context
    this.#ask = ask
  }

  /**
   * @returns `unsure`: the key is not known, and the keys of this moment are not either.
   * @throws ProviderError when they could not be fetched
   */
  async verify(
    about: { id: string; signature: string; body: Buffer },
    call: Call,
  ): Promise<'authentic' | 'forged' | 'unsure'> {
    const { id, signature, body } = about
    const age = this.#context.clock.monotonicMs() - this.#askedAt
    const isDue = age > KEPT_MS || !this.#keys.has(id)
    const isAsked = isDue && (age > ASKED_AT_MOST_EVERY_MS || this.#asking !== null)
    const isFresh = isAsked && (await this.#refresh(call))
    const key = this.#keys.get(id)
    if (!key) return isFresh ? 'forged' : 'unsure'
    return isSigned(key, signature, body) ? 'authentic' : 'forged'
  }

  /** @returns whether they are GitHub's keys of this moment. Known ones stay when they cannot be fetched. */
  async #refresh(call: Call): Promise<boolean> {
    this.#asking ??= this.#fetch(call).finally(() => {
      this.#asking = null
    })
    return await this.#asking
  }

  async #fetch(call: Call): Promise<boolean> {
    this.#askedAt = this.#context.clock.monotonicMs()
    const keys = readKeys(await this.#ask(call))
    if (keys.size === 0) return false
    this.#keys = keys
    return true
  }
}

/** `{ "public_keys": [{ "key_identifier": …, "key": PEM }] }` */
function readKeys(answer: unknown): Map<string, KeyObject> {
  const keys = new Map<string, KeyObject>()
  const listed = isObject(answer) && Array.isArray(answer.public_keys) ? answer.public_keys : []
  for (const one of listed.slice(0, MAX_KEYS)) {
    const { key_identifier: id, key } = isObject(one) ? one : {}
    if (typeof id !== 'string' || typeof key !== 'string') continue
    const made = createPublicKey(key)
    if (made.asymmetricKeyDetails?.namedCurve === CURVE) keys.set(id, made)
  }
  return keys
}

/** ECDSA over SHA-256 of the body as it was sent; the signature is the base64 of its DER form. */
function isSigned(key: KeyObject, signature: string, body: Buffer): boolean {
  if (signature.length > 200) return false
  return verify('sha256', body, key, Buffer.from(signature, 'base64'))
}
