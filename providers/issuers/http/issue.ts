/* Creates keys. */

import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { IssueRequest, KeyRef } from '../../../src/contracts/key-issuer.ts'
import { type Material, SecretValue } from '../../../src/contracts/secret-value.ts'
import { readJson } from '../../shared/http/client.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { pickText, pickTime } from './extract.ts'
import { listKeys } from './keys.ts'
import { shapeName } from './names.ts'
import { type Api, perform } from './operations.ts'

/**
 * Creates a key. If the response contains no id, the id is looked up in the list by the name.
 * @throws ProviderError `invalid` with effect `unknown` if the response lacks a configured value.
 */
export async function issueKey(
  api: Api,
  request: IssueRequest,
  call: Call,
): Promise<{ ref: KeyRef; material: Material }> {
  const { create, idempotency } = api.options
  const name = nameOf(api, request)
  const scope = {
    name,
    mark: request.mark,
    expires_at: request.expiresAt,
    scopes: request.scopes,
    current: { id: request.current?.ref?.id, ...request.current?.material },
  }
  const headers = typeof idempotency === 'object' ? { [idempotency.header]: request.mark } : {}
  const answer = await perform(api, 'create', create, scope, call, { headers })
  const body = readJson(answer)
  const material: Record<string, SecretValue> = {}
  for (const [part, path] of Object.entries(create.parts)) {
    const value = pickText(body, path)
    if (value === undefined) throw missingInResponse(api, `create.parts.${part}`)
    material[part] = new SecretValue(value)
  }
  const id = create.id === undefined ? await lookUpId(api, name, call) : pickText(body, create.id)
  if (id === undefined) throw missingInResponse(api, create.id === undefined ? 'create.idFrom' : 'create.id')
  const ref: KeyRef = { id, name }
  const createdAt = create.createdAt === undefined ? undefined : pickTime(body, create.createdAt)
  if (createdAt !== undefined) ref.createdAt = createdAt
  const expiresAt = create.expiresAt === undefined ? undefined : pickTime(body, create.expiresAt)
  if (expiresAt !== undefined) ref.expiresAt = expiresAt
  return { ref, material }
}

function nameOf(api: Api, request: IssueRequest): string {
  try {
    return shapeName(request.name, request.mark, api.options.name)
  } catch (cause) {
    throw new ProviderError({
      code: 'invalid',
      provider: api.settings.provider,
      message: `the mark ${request.mark} does not fit into a name of ${api.options.name.max} characters`,
      effect: 'none',
      cause,
      nextStep: 'Raise name.max, or give the installation a shorter id.',
    })
  }
}

/** Returns the id of the only key with this name. Tries again once after the list delay. */
async function lookUpId(api: Api, name: string, call: Call): Promise<string | undefined> {
  const delayMs = parseDurationMs(api.options.listDelay)
  for (const pauseMs of delayMs > 0 ? [0, delayMs] : [0]) {
    await pause(pauseMs, call.signal)
    const found = await listKeys(api, call).catch((error: unknown) => {
      throw afterCreation(api, error)
    })
    const same = found.filter((key) => key.ref.name === name)
    if (same.length === 1) return same[0]?.ref.id
  }
  return undefined
}

/** Even if the lease is over, a key has been created: only the request for the list was not sent. */
function afterCreation(api: Api, cause: unknown): ProviderError {
  const known = cause instanceof ProviderError ? cause : undefined
  return new ProviderError({
    code: known?.code ?? 'unavailable',
    provider: api.settings.provider,
    message: 'the key was created, but its id could not be found in the list',
    effect: 'unknown',
    nextStep: known?.nextStep ?? 'Look for the key by its name at the issuer.',
    retryAfterMs: known?.retryAfterMs,
    cause,
  })
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0 || signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(finish, ms)
    signal.addEventListener('abort', finish, { once: true })
    function finish(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      resolve()
    }
  })
}

function missingInResponse(api: Api, field: string): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider: api.settings.provider,
    message: `the key was created, but ${field} matches nothing in the response`,
    effect: 'unknown',
    nextStep: `Compare ${field} in the config with the response of the service.`,
  })
}
