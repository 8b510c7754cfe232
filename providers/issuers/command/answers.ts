/* Reads what the programs print. Nothing of it is repeated in a message, since it may hold a key. */

import { type ErrorCode, ProviderError } from '../../../src/contracts/errors.ts'
import type { KeyRef, ProbeAnswer } from '../../../src/contracts/key-issuer.ts'
import { idOfSecret } from '../../../src/contracts/secret-in-ref.ts'
import { type Material, SecretValue } from '../../../src/contracts/secret-value.ts'
import { readInstant } from '../../shared/consumer/told.ts'
import { isObject } from '../../shared/options/is-object.ts'

export type Printed = Readonly<Record<string, unknown>>

const codes: readonly ErrorCode[] = [
  'not_found',
  'denied',
  'conflict',
  'throttled',
  'unavailable',
  'invalid',
  'quota',
]

/** The error code that a program reports, if it does. */
export function readError(
  printed: Printed,
): { code: ErrorCode; retryAfterMs: number | undefined } | undefined {
  const code = codes.find((one) => one === printed.error)
  const retryAfterMs = typeof printed.retryAfterMs === 'number' ? printed.retryAfterMs : undefined
  return code === undefined ? undefined : { code, retryAfterMs }
}

/** @returns undefined if the id is neither a text nor a whole number, and there is no hash in its place. */
export function readRef(
  printed: Printed,
  publicParts: readonly string[],
  material?: Material,
): KeyRef | undefined {
  const sha256 = readText(printed.sha256)
  const hash =
    sha256 !== undefined && /^[0-9a-f]{64}$/i.test(sha256) ? sha256.toLowerCase().slice(0, 16) : undefined
  const ofValue = material === undefined ? undefined : idOfSecret(material, publicParts)
  const id = readText(printed.id) ?? (hash === undefined ? ofValue : `fp:${hash}`)
  if (id === undefined) return undefined
  const name = readText(printed.name)
  const createdAt = readInstant(printed.createdAt)
  const expiresAt = readInstant(printed.expiresAt)
  return {
    id,
    ...(name === undefined ? {} : { name }),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(printed.disabled === true ? { disabled: true } : {}),
    ...(hash === undefined ? {} : { fingerprint: hash }),
  }
}

/** Returns the parts that were printed, or the name of the first one that is missing. */
export function readParts(printed: Printed, names: readonly string[]): Material | string {
  const parts = isObject(printed.parts) ? printed.parts : {}
  const found: Record<string, SecretValue> = {}
  for (const name of names) {
    const value = readText(parts[name])
    if (value === undefined) return name
    found[name] = new SecretValue(value)
  }
  return found
}

export function readVerdict(printed: Printed): ProbeAnswer {
  const { verdict, status } = printed
  const told = verdict === 'accepted' || verdict === 'rejected' ? verdict : 'unknown'
  return {
    verdict: told,
    why: `the probe command reported ${told}`,
    ...(typeof status === 'number' && Number.isInteger(status) ? { status } : {}),
    ...(printed.mayHaveBilled === true ? { mayHaveBilled: true } : {}),
  }
}

/** A program that answered something else than it was asked for. */
export function toMisfit(
  provider: string,
  verb: string,
  what: string,
  effect: 'none' | 'unknown',
): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider,
    message: `the ${verb} command ${what}`,
    effect,
    nextStep: `Run the ${verb} command by hand and compare its output with the documentation of this issuer.`,
  })
}

function readText(value: unknown): string | undefined {
  if (Number.isSafeInteger(value)) return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}
