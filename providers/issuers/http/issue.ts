/* Creates keys. */

import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { IssueRequest, KeyRef } from '../../../src/contracts/key-issuer.ts'
import { idOfSecret, refuseSecretInRef, secretParts } from '../../../src/contracts/secret-in-ref.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import { type HttpAnswer, readJson } from '../../shared/http/client.ts'
import { pickText, pickTime } from '../../shared/http/extract.ts'
import { shapeName } from '../../shared/issuer/names.ts'
import { lookUpId } from './look-up-id.ts'
import { type Api, perform } from './operations.ts'
import { pickParts, variablesOf } from './parts.ts'
import { idAtService, scopeOfParts, versionId } from './scope.ts'
import { notDescribed } from './undescribed.ts'

/**
 * Creates a key. If the response contains no id, the id is looked up in the list by the name.
 * @throws ProviderError `invalid` with effect `unknown` if the response does not fit the config.
 */
export async function issueKey(
  api: Api,
  request: IssueRequest,
  call: Call,
): Promise<{ ref: KeyRef; material: Material }> {
  const { create, idempotency, publicParts } = api.options
  if (create === undefined) throw notDescribed(api, 'create')
  const name = nameOf(api, request)
  const generated = api.generated.take(request.mark, create.generate)
  const { current } = request
  const scope = {
    ...scopeOfParts(generated, publicParts),
    name,
    mark: request.mark,
    expires_at: request.expiresAt,
    scopes: request.scopes,
    current: {
      id: current?.ref === undefined ? undefined : idAtService(current.ref.id),
      ...scopeOfParts(current?.material, publicParts),
    },
  }
  const headers = typeof idempotency === 'object' ? { [idempotency.header]: request.mark } : {}
  const answer = await perform(api, 'create', create, scope, call, { headers })
  const paths = [create.id, create.createdAt, create.expiresAt, ...Object.values(create.parts)]
  const body = paths.every((path) => path === undefined) ? undefined : readCreated(api, answer)
  const returned = pickParts(body, create.parts)
  if (typeof returned === 'string') throw missingInResponse(api, `create.parts.${returned}`)
  const material = { ...returned, ...generated }
  const sent = variablesOf(create)
  const named = sent.has('name') || sent.has('mark') ? { name } : {}
  const ref: KeyRef = { id: await idOf(api, body, { material, name: named.name }, call), ...named }
  refuseSecretInRef(ref, secretParts(material, publicParts), {
    provider: api.settings.provider,
    made: true,
  })
  const createdAt = create.createdAt === undefined ? undefined : pickTime(body, create.createdAt)
  if (createdAt !== undefined) ref.createdAt = createdAt
  const expiresAt = create.expiresAt === undefined ? undefined : pickTime(body, create.expiresAt)
  if (expiresAt !== undefined) ref.expiresAt = expiresAt
  return { ref, material }
}

/** The id of the new key: from the response, from the list by its name, or the fingerprint where keys have no id. */
async function idOf(
  api: Api,
  body: unknown,
  made: { material: Material; name: string | undefined },
  call: Call,
): Promise<string> {
  const { create, list, lifecycle, publicParts } = api.options
  const ofValue = idOfSecret(made.material, publicParts)
  const told = create?.id === undefined ? undefined : pickText(body, create.id)
  if (told !== undefined) {
    // Of a key that is replaced in place the service gives old and new the same id.
    return lifecycle === 'roll' ? versionId(told, ofValue.slice(3)) : told
  }
  if (create?.id === undefined && create?.idFrom === undefined) return ofValue
  const field = create.id === undefined ? 'create.idFrom' : 'create.id'
  if (made.name === undefined || list?.name === undefined) throw missingInResponse(api, field)
  const found = await lookUpId(api, made.name, call)
  if (found === undefined) throw missingInResponse(api, field)
  return found
}

/** A complete response that is no JSON was not cut: it does not fit. */
function readCreated(api: Api, answer: HttpAnswer): unknown {
  try {
    return readJson(answer)
  } catch (error) {
    if (/^\s*[[{]/.test(answer.body.expose())) throw error
    throw misfit(api, 'the creation was answered, but not with JSON', 'create')
  }
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

function missingInResponse(api: Api, field: string): ProviderError {
  return misfit(api, `the key was created, but ${field} finds nothing in the response`, field)
}

function misfit(api: Api, message: string, field: string): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider: api.settings.provider,
    message,
    effect: 'unknown',
    nextStep: `Compare ${field} in the config with the response of the service, and revoke the key that was created.`,
  })
}
