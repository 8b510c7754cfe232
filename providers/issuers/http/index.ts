/* An issuer behind any REST API, as the options describe it. */

import type { Call, ProviderContext } from '../../../src/contracts/call.ts'
import type {
  ApiIssuer,
  HeldKey,
  IssueRequest,
  KeyIssuer,
  KeyRef,
  OperatorIssuer,
} from '../../../src/contracts/key-issuer.ts'
import { wasSeen } from '../../../src/contracts/listing.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import { MadeForMarks } from '../../shared/issuer/generate.ts'
import { carriesMark } from '../../shared/issuer/names.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { act, endOverlap, readBack } from './act.ts'
import { identifierOf } from './identify.ts'
import { issueKey } from './issue.ts'
import { type ListedKey, listKeys } from './keys.ts'
import type { Api } from './operations.ts'
import { describeTask } from './operator.ts'
import type { Options } from './options.ts'
import { partNames, revokesByValue } from './parts.ts'
import { makeGarbage, probe } from './probe.ts'
import { issueInPlace, readPlaces, revokeInPlace } from './slots.ts'
import { readHosts, readOnLostAnswer, readTraits } from './traits.ts'
import { unknownKey } from './undescribed.ts'
import { usesOf } from './uses.ts'

export function make(options: Options, context: ProviderContext): KeyIssuer {
  const settings = {
    provider: context.name,
    hosts: options.hosts ?? readHosts(options),
    limitMs: parseDurationMs(options.requestLimit),
  }
  const api: Api = {
    options,
    settings,
    tokens: new Map(),
    garbage: new WeakSet(),
    generated: new MadeForMarks(),
  }
  return options.lifecycle === 'operator' ? makeOperator(api) : makeApi(api, options.lifecycle)
}

function makeOperator(api: Api): OperatorIssuer {
  const { options } = api
  return {
    ...baseOf(api),
    lifecycle: 'operator',
    traits: {
      parts: partNames(options),
      ...(options.publicParts.length === 0 ? {} : { publicParts: options.publicParts }),
      settleMs: parseDurationMs(options.settle),
      ...(revokesByValue(options) ? { revokesByValue: true } : {}),
    },
    task: (kind, about) => describeTask(options, kind, about),
    ...(options.revoke === undefined
      ? {}
      : { revoke: (key: HeldKey, call: Call) => act(api, 'revoke', options.revoke, key, call) }),
  }
}

function makeApi(api: Api, lifecycle: ApiIssuer['lifecycle']): ApiIssuer {
  const { options } = api
  const isInPlaces = lifecycle === 'slots'
  const issuer: ApiIssuer = {
    ...baseOf(api),
    lifecycle,
    traits: readTraits(options),
    issue: (request: IssueRequest, call: Call) =>
      isInPlaces ? issueInPlace(api, request, call) : issueKey(api, request, call),
    list: (call) => listRefs(api, call),
    find: (request, call) => findKeys(api, request, call),
    revoke: (key, call) =>
      isInPlaces ? revokeInPlace(api, key, call) : act(api, 'revoke', options.revoke, key, call),
  }
  if (options.endOverlap !== undefined) issuer.endOverlap = (call) => endOverlap(api, call)
  if (lifecycle === 'roll' && options.readBack !== undefined) issuer.readBack = (call) => readBack(api, call)
  if (options.disable !== undefined && options.enable !== undefined) {
    issuer.disable = (key, call) => act(api, 'disable', options.disable, key, call)
    issuer.enable = (key, call) => act(api, 'enable', options.enable, key, call)
  }
  if (options.list?.lastUsed !== undefined) issuer.lastUsed = (ref, call) => readLastUse(api, ref, call)
  return issuer
}

function baseOf(api: Api): Pick<KeyIssuer, 'probe' | 'garbage' | 'garbageEveryMs' | 'identify' | 'uses'> {
  const every = api.options.probe.garbage?.every
  const identify = identifierOf(api)
  const uses = usesOf(api)
  return {
    probe: (material: Material, call: Call) => probe(api, material, call),
    garbage: () => makeGarbage(api),
    ...(every === undefined ? {} : { garbageEveryMs: parseDurationMs(every) }),
    ...(identify === undefined ? {} : { identify }),
    ...(uses === undefined ? {} : { uses }),
  }
}

async function listRefs(api: Api, call: Call): Promise<KeyRef[]> {
  if (api.options.lifecycle === 'slots') return (await readPlaces(api, call)).map((place) => place.ref)
  return (await listKeys(api, call)).map((key) => key.ref)
}

/**
 * Returns the keys that carry the mark in their name, or in their id if Keyrota chose it. If names are not kept and
 * nobody else creates keys, returns the keys that were not there before.
 */
async function findKeys(
  api: Api,
  request: { mark: string; seen: readonly string[] },
  call: Call,
): Promise<KeyRef[]> {
  const { options } = api
  const refs = await listRefs(api, call)
  if (readOnLostAnswer(options) === 'infer') return refs.filter((ref) => !wasSeen(request.seen, ref.id))
  return refs.filter((ref) =>
    [ref.name, ref.id].some((text) => carriesMark(text, request.mark, options.name)),
  )
}

async function readLastUse(api: Api, ref: KeyRef, call: Call): Promise<ListedKey['lastUsed']> {
  const key = (await listKeys(api, call)).find((one) => one.ref.id === ref.id)
  if (key === undefined) throw unknownKey(api)
  return key.lastUsed
}
