/** The issuer in memory. */
import type { Call, TimedContext } from '../../../src/contracts/call.ts'
import { parseDurationMs } from '../../../src/contracts/duration.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { ApiIssuer, ApiIssuerTraits, HeldKey, KeyRef } from '../../../src/contracts/key-issuer.ts'
import { wasSeen } from '../../../src/contracts/listing.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import type { Options } from './options.ts'
import { type Account, perform, probe } from './perform.ts'
import { makeRoll } from './roll.ts'
import { makeSlots } from './slots.ts'
import { carriesMark, makeMaterial, memorySpace, refOf, type SpaceKey } from './space.ts'

export type { Fault, Verb } from './faults.ts'
export type { SpaceKey } from './space.ts'
export { dropMemorySpace, MemorySpace, memorySpace } from './space.ts'

/** An issuer whose keys live in a named space of this process. */
export function make(options: Options, context: TimedContext): ApiIssuer {
  const space = memorySpace(options.space, context)
  const at = { space, provider: context.name }
  const traits = traitsOf(options)
  const base = {
    traits,
    probe: (held: Material, probing: Call) => probe(at, held, probing),
    garbage: () => makeMaterial(options.parts, context.random),
  }
  if (options.lifecycle === 'roll') return makeRoll(at, options, base)
  if (options.lifecycle === 'slots') return makeSlots(at, options, base)
  const issuer: ApiIssuer = {
    ...base,
    lifecycle: options.lifecycle === 'self' ? 'self' : 'many',
    async issue(request, call) {
      const key = await perform(at, 'issue', call, () => issueKey(at, options, request))
      return { ref: refOf(key), material: key.material }
    },
    find: (request, call) =>
      perform(at, 'find', call, () =>
        listedKeys(space, traits.listDelayMs)
          .filter((key) =>
            options.onLostAnswer === 'infer'
              ? !wasSeen(request.seen, key.id)
              : carriesMark(key, request.mark),
          )
          .map(refOf),
      ),
    list: (call) => perform(at, 'list', call, () => listedKeys(space, traits.listDelayMs).map(refOf)),
    revoke: (held, call) => perform(at, 'revoke', call, () => revokeKey(at, heldKey(at, held, options))),
  }
  if (options.canDisable) Object.assign(issuer, makeSwitch(at, options))
  if (options.canIdentify)
    issuer.identify = (held, call) =>
      perform(at, 'identify', call, () => refOf(heldKey(at, { material: held })))
  if (options.tellsLastUsed)
    issuer.lastUsed = (ref, call) =>
      perform(at, 'lastUsed', call, () => heldKey(at, { ref }).lastUsed ?? 'never')
  return issuer
}

function traitsOf(options: Options): ApiIssuerTraits {
  return {
    parts: options.parts,
    settleMs: parseDurationMs(options.settle),
    listDelayMs: parseDurationMs(options.listDelay),
    onLostAnswer: options.onLostAnswer,
    exclusive: options.exclusive,
    oldKeyOnIssue: 'lives',
    revokesByValue: options.revokesByValue,
    ...(options.settleAfterRevoke === undefined
      ? {}
      : { revokeSettleMs: parseDurationMs(options.settleAfterRevoke) }),
    ...(options.maxLiveKeys === undefined ? {} : { maxLiveKeys: options.maxLiveKeys }),
  }
}

function issueKey(
  at: Account,
  options: Options,
  request: { name: string; mark: string; expiresAt?: number },
): SpaceKey {
  const live = at.space.liveKeys()
  const repeated = options.onLostAnswer === 'repeat' && live.find((key) => carriesMark(key, request.mark))
  if (repeated) return repeated
  if (options.maxLiveKeys !== undefined && live.length >= options.maxLiveKeys)
    throw new ProviderError({
      code: 'quota',
      provider: at.provider,
      message: `the account holds ${live.length} live keys already`,
      effect: 'none',
      nextStep: 'Revoke a key that nobody uses, or raise maxLiveKeys.',
    })
  return at.space.addKey({
    parts: options.parts,
    ...(options.onLostAnswer === 'infer' ? {} : { name: request.name }),
    ...(request.expiresAt === undefined ? {} : { expiresAt: request.expiresAt }),
  })
}

function revokeKey(at: Account, key: SpaceKey): void {
  const { space } = at
  key.revoked = true
  if (space.takeFault({ verb: 'revoke' }, 'revoke-lies')) return
  key.deadFrom = space.now() + (space.takeFault({ verb: 'revoke' }, 'revoke-late')?.ms ?? 0)
}

function makeSwitch(at: Account, options: Options): Required<Pick<ApiIssuer, 'disable' | 'enable'>> {
  function flip(verb: 'disable' | 'enable', held: HeldKey, call: Call): Promise<void> {
    return perform(at, verb, call, () => {
      heldKey(at, held, options).disabled = verb === 'disable'
    })
  }
  return {
    disable: (held, call) => flip('disable', held, call),
    enable: (held, call) => flip('enable', held, call),
  }
}

/** By id, or by value where that is allowed; a revoked key is as unknown as one that never was. */
function heldKey(
  at: Account,
  held: HeldKey,
  by: { revokesByValue: boolean } = { revokesByValue: true },
): SpaceKey {
  const wanted: KeyRef | undefined = held.ref
  const key = wanted
    ? at.space.keys.find((one) => one.id === wanted.id)
    : by.revokesByValue && held.material
      ? at.space.keyOf(held.material)
      : undefined
  if (key && !key.revoked) return key
  throw new ProviderError({
    code: wanted || by.revokesByValue ? 'not_found' : 'invalid',
    provider: at.provider,
    message: wanted || by.revokesByValue ? 'no such key' : 'the id of the key is needed',
    effect: 'none',
    nextStep: 'List the keys of the account and compare ids.',
  })
}

function listedKeys(space: Account['space'], delayMs: number): SpaceKey[] {
  const now = space.now()
  return space.liveKeys().filter((key) => Math.max(key.listedFrom, key.createdAt + delayMs) <= now)
}
