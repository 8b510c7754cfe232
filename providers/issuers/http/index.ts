/* Issuer `http`: any REST API for keys, as the config describes it. */

import type { Call, ProviderContext } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type {
  ApiIssuer,
  ApiIssuerTraits,
  HeldKey,
  KeyRef,
  OnLostAnswer,
  ProbeAnswer,
} from '../../../src/contracts/key-issuer.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import { readJson } from '../../shared/http/client.ts'
import { toStatusError } from '../../shared/http/errors.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { judgeProbe } from './classify.ts'
import { pickText } from './extract.ts'
import { issueKey } from './issue.ts'
import { type ListedKey, listKeys } from './keys.ts'
import { carriesMark } from './names.ts'
import { type Api, perform, send } from './operations.ts'
import type { Options } from './options.ts'
import type { RequestOptions } from './schema.ts'
import { readVariables, type Scope } from './template.ts'
import { listRequestTemplates, targetOf } from './templates-of.ts'

/** An issuer behind the REST API that the options describe. */
export function make(options: Options, context: ProviderContext): ApiIssuer {
  const settings = {
    provider: context.name,
    hosts: options.hosts ?? readHosts(options),
    limitMs: parseDurationMs(options.requestLimit),
  }
  const api: Api = { options, settings, tokens: new Map() }
  const issuer: ApiIssuer = {
    lifecycle: options.lifecycle,
    traits: readTraits(options),
    issue: (request, call) => issueKey(api, request, call),
    list: async (call) => (await listKeys(api, call)).map((key) => key.ref),
    find: (request, call) => findKeys(api, request, call),
    revoke: (key, call) => act(api, 'revoke', options.revoke, key, call),
    probe: (material, call) => probe(api, material, call),
  }
  if (options.disable !== undefined && options.enable !== undefined) {
    issuer.disable = (key, call) => act(api, 'disable', options.disable, key, call)
    issuer.enable = (key, call) => act(api, 'enable', options.enable, key, call)
  }
  if (options.list.lastUsed !== undefined) issuer.lastUsed = (ref, call) => readLastUse(api, ref, call)
  const { whoami } = options
  if (whoami !== undefined) issuer.identify = (material, call) => identify(api, whoami, material, call)
  return issuer
}

function readTraits(options: Options): ApiIssuerTraits {
  const { oldKeyOnIssue = 'lives', maxLiveKeys } = options
  return {
    parts: Object.keys(options.create.parts),
    settleMs: parseDurationMs(options.settle),
    listDelayMs: parseDurationMs(options.listDelay),
    onLostAnswer: readOnLostAnswer(options),
    exclusive: options.exclusive,
    oldKeyOnIssue:
      typeof oldKeyOnIssue === 'string'
        ? oldKeyOnIssue
        : { diesAfterMs: parseDurationMs(oldKeyOnIssue.diesAfter) },
    revokesByValue: revokesByValue(options),
    ...(maxLiveKeys === undefined ? {} : { maxLiveKeys }),
  }
}

function readOnLostAnswer(options: Options): OnLostAnswer {
  const { idempotency = options.lifecycle === 'many' ? 'unique-name' : 'none' } = options
  if (typeof idempotency === 'object') return 'repeat'
  if (idempotency === 'none') return options.exclusive ? 'infer' : 'stop'
  return 'find'
}

/** Revokes by value if the request contains a part of the key and no id. */
function revokesByValue(options: Options): boolean {
  if (options.revoke === undefined) return false
  const used = listRequestTemplates(options.revoke).flatMap((one) => readVariables(one.text))
  return !used.includes('id') && used.some((variable) => Object.hasOwn(options.create.parts, variable))
}

/** The hosts of every URL in the options. They contain no template: the options were checked for that. */
function readHosts(options: Options): string[] {
  const { base, auth, create, list, revoke, disable, enable, probe, whoami } = options
  const requests = [create, list, revoke, disable, enable, probe, whoami].flatMap((one) => one ?? [])
  const urls = [
    base,
    auth.management.oauth2ClientCredentials?.tokenUrl,
    auth.probe?.oauth2ClientCredentials?.tokenUrl,
    ...requests.map((request) => /^https?:\/\/[^/?#]+/.exec(targetOf(request))?.[0]),
  ]
  return [...new Set(urls.flatMap((url) => (url === undefined ? [] : new URL(url).host)))]
}

/**
 * Returns the keys with the mark in their name, or in their id if we choose it. If the service keeps no names and nothing
 * else creates keys, returns the keys that were not there before.
 */
async function findKeys(
  api: Api,
  request: { mark: string; seen: readonly string[] },
  call: Call,
): Promise<KeyRef[]> {
  const { options } = api
  const refs = (await listKeys(api, call)).map((key) => key.ref)
  if (readOnLostAnswer(options) === 'infer') return refs.filter((ref) => !request.seen.includes(ref.id))
  return refs.filter((ref) =>
    [ref.name, ref.id].some((text) => carriesMark(text, request.mark, options.name)),
  )
}

async function act(
  api: Api,
  name: 'revoke' | 'disable' | 'enable',
  operation: RequestOptions | undefined,
  key: HeldKey,
  call: Call,
): Promise<void> {
  if (operation === undefined) {
    throw new ProviderError({
      code: 'invalid',
      provider: api.settings.provider,
      message: `the config does not describe ${name}`,
      effect: 'none',
      nextStep: `Add ${name} to this issuer in the config, if the service supports it.`,
    })
  }
  const scope = scopeOf(key)
  requireIdentified(api, name, operation, scope)
  await perform(api, name, operation, scope, call)
}

/** Fields without a value are omitted, and a service may apply a request that identifies no key to all keys. */
function requireIdentified(api: Api, name: string, operation: RequestOptions, scope: Scope): void {
  const ofKey = ['id', 'name', ...Object.keys(api.options.create?.parts ?? { value: '' })]
  const used = listRequestTemplates(operation).flatMap((one) => readVariables(one.text))
  const naming = used.filter((variable) => ofKey.includes(variable))
  if (naming.length === 0 || naming.some((variable) => scope[variable] !== undefined)) return
  throw new ProviderError({
    code: 'invalid',
    provider: api.settings.provider,
    message: `${name} identifies a key by ${naming.join(' or ')}, which is not known for this key`,
    effect: 'none',
    nextStep: `Revoke the key at the service by hand, or use {{ id }}, which is known for every key, in ${name}.`,
  })
}

function scopeOf(key: HeldKey): Scope {
  return { ...key.material, id: key.ref?.id, name: key.ref?.name }
}

/** No response, or a refusal by the token endpoint, proves nothing about the key. */
async function probe(api: Api, material: Material, call: Call): Promise<ProbeAnswer> {
  try {
    return judgeProbe(api.options.probe, await send(api, 'probe', api.options.probe, material, call))
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code === 'invalid') throw error
    const { retryAfterMs } = error
    return { verdict: 'unknown', why: error.message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  }
}

async function readLastUse(api: Api, ref: KeyRef, call: Call): Promise<ListedKey['lastUsed']> {
  const key = (await listKeys(api, call)).find((one) => one.ref.id === ref.id)
  if (key === undefined) throw unknownKey(api)
  return key.lastUsed
}

async function identify(
  api: Api,
  whoami: NonNullable<Options['whoami']>,
  material: Material,
  call: Call,
): Promise<KeyRef> {
  const answer = await send(api, 'whoami', whoami, material, call)
  if (answer.status < 200 || answer.status > 299) {
    if (judgeProbe(api.options.probe, answer).verdict === 'rejected') throw unknownKey(api)
    throw toStatusError(answer, answer.subject)
  }
  const body = readJson(answer)
  const id = whoami.id === undefined ? undefined : pickText(body, whoami.id)
  const name = whoami.name === undefined ? undefined : pickText(body, whoami.name)
  const found = (await listKeys(api, call)).filter(({ ref }) =>
    id === undefined ? name !== undefined && ref.name === name : ref.id === id,
  )
  const [only, second] = found
  if (only === undefined || second !== undefined) throw unknownKey(api)
  return only.ref
}

function unknownKey(api: Api): ProviderError {
  return new ProviderError({
    code: 'not_found',
    provider: api.settings.provider,
    message: 'the issuer does not know this key',
    effect: 'none',
    nextStep: 'Check that the key belongs to the account of this issuer and has not been deleted.',
  })
}
