/*
 * A key that is replaced in place. The space keeps the current key and at most one that it replaced, as services do; the
 * one before that ends with the next roll. Nothing ends the current key but a roll.
 */
import { parseDurationMs } from '../../../src/contracts/duration.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { ApiIssuer, ApiIssuerTraits, IssueRequest, KeyRef } from '../../../src/contracts/key-issuer.ts'
import { idOfSecret } from '../../../src/contracts/secret-in-ref.ts'
import type { Options } from './options.ts'
import { type Account, perform } from './perform.ts'
import { carriesMark, type MemorySpace, type SpaceKey } from './space.ts'

/** The verbs of a `roll`; `base` has those that do not depend on the lifecycle. */
export function makeRoll(
  at: Account,
  options: Options,
  base: Pick<ApiIssuer, 'traits' | 'probe' | 'garbage'>,
): ApiIssuer {
  const { space } = at
  const traits = traitsOf(options, base.traits)
  const issuer: ApiIssuer = {
    ...base,
    lifecycle: 'roll',
    traits,
    async issue(request, call) {
      const key = await perform(at, 'issue', call, () => roll(space, options, { traits, request }))
      return { ref: refOf(key), material: key.material }
    },
    async find(request, call) {
      if (!options.lists) throw missingVerb(at, 'list')
      return perform(at, 'find', call, () =>
        listCurrent(space, traits).flatMap((key) => (carriesMark(key, request.mark) ? refOf(key) : [])),
      )
    },
    async list(call) {
      if (!options.lists) throw missingVerb(at, 'list')
      return perform(at, 'list', call, () => listCurrent(space, traits).map(refOf))
    },
    revoke: async () => {
      throw missingVerb(at, 'revoke')
    },
  }
  if (options.canEndOverlap && traits.oldKeyOnIssue !== 'dies')
    issuer.endOverlap = (call) => perform(at, 'endOverlap', call, () => endReplaced(space))
  if (options.canReadBack)
    issuer.readBack = (call) =>
      perform(at, 'readBack', call, () => {
        const key = currentOf(space)
        if (!key) throw unknownKey(at)
        return { ref: refOf(key), material: key.material }
      })
  if (options.canIdentify)
    issuer.identify = (held, call) =>
      perform(at, 'identify', call, () => {
        const key = space.keyOf(held)
        if (!key || space.now() >= key.deadFrom) throw unknownKey(at)
        return refOf(key)
      })
  return issuer
}

function traitsOf(options: Options, base: ApiIssuerTraits): ApiIssuerTraits {
  const { oldKeyOnIssue, canReadBack, onLostAnswer } = options
  const isRepeated = onLostAnswer === 'repeat'
  return {
    ...base,
    onLostAnswer: canReadBack ? 'read-back' : isRepeated ? 'repeat' : 'stop',
    oldKeyOnIssue:
      typeof oldKeyOnIssue === 'string'
        ? oldKeyOnIssue
        : { diesAfterMs: parseDurationMs(oldKeyOnIssue.diesAfter) },
    ...(options.lists ? {} : { lists: false as const }),
  }
}

function roll(
  space: MemorySpace,
  options: Options,
  { traits, request }: { traits: ApiIssuerTraits; request: IssueRequest },
): SpaceKey {
  const old = currentOf(space)
  if (old && traits.onLostAnswer === 'repeat' && carriesMark(old, request.mark)) return old
  endReplaced(space)
  if (old) {
    const { oldKeyOnIssue } = traits
    old.revoked = true
    if (oldKeyOnIssue === 'dies') old.deadFrom = space.now()
    if (typeof oldKeyOnIssue === 'object') old.deadFrom = space.now() + oldKeyOnIssue.diesAfterMs
  }
  const { name, expiresAt } = request
  return space.addKey({ name, parts: options.parts, ...(expiresAt === undefined ? {} : { expiresAt }) })
}

function currentOf(space: MemorySpace): SpaceKey | undefined {
  return space.liveKeys().at(-1)
}

function listCurrent(space: MemorySpace, { listDelayMs }: ApiIssuerTraits): SpaceKey[] {
  const now = space.now()
  const key = currentOf(space)
  return key && Math.max(key.listedFrom, key.createdAt + listDelayMs) <= now ? [key] : []
}

function endReplaced(space: MemorySpace): void {
  const now = space.now()
  for (const key of space.keys) if (key.revoked && key.deadFrom > now) key.deadFrom = now
}

/** The service knows the key by its value alone, so that the old and the new one never have the same id. */
function refOf(key: SpaceKey): KeyRef {
  return { id: idOfSecret(key.material), createdAt: key.createdAt }
}

function missingVerb(at: Account, verb: string): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider: at.provider,
    message: `a key that is replaced in place has no ${verb}`,
    effect: 'none',
    nextStep: 'End its overlap instead, or wait until the replaced key dies.',
  })
}

function unknownKey(at: Account): ProviderError {
  return new ProviderError({
    code: 'not_found',
    provider: at.provider,
    message: 'no such key',
    effect: 'none',
    nextStep: 'Look at the account which key it has.',
  })
}
