/** Sends effects to providers. Only `commitThenSend` calls it: every effect is committed before. */
import type { Call } from '../contracts/call.ts'
import { ProviderError } from '../contracts/errors.ts'
import type { ApiIssuer, HeldKey } from '../contracts/key-issuer.ts'
import type { Effect, EndKind, Outcome, Pin, PinnedIssuer } from '../contracts/record.ts'
import type { Material } from '../contracts/secret-value.ts'
import { explainUnusable } from '../contracts/value-shape.ts'
import { landsBy, revokeSettleMs } from '../workflow/words/pace.ts'
import type { AtHand, Subject } from './at-hand.ts'
import { fetchValue } from './fetch-value.ts'
import { redactFailure, refuseSecretsIn } from './keep-secrets.ts'
import { limitCall, toFailure } from './limit-call.ts'
import { lookUpHolders } from './look-up-holders.ts'
import { writeKey } from './stored-key.ts'

type Performing = AtHand & Subject

/**
 * Sends every effect at the same time, each once and under its own limit; its outcome is never guessed. When one
 * cannot be sent under the lease any more, the calls of the others are still waited for.
 * @throws LeaseOverError
 */
export async function performAll(
  hand: AtHand,
  subject: Subject,
  effects: readonly Effect[],
): Promise<{ effect: Effect; outcome: Outcome }[]> {
  const performing: Performing = { ...hand, ...subject }
  const settled = await Promise.allSettled(
    effects.map(async (effect) => ({ effect, outcome: await performOne(performing, effect) })),
  )
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}

async function performOne(performing: Performing, effect: Effect): Promise<Outcome> {
  let sentAt = performing.now()
  const { pin } = performing
  const guard = { ...performing, holders: (fingerprint: string) => lookUpHolders(performing, fingerprint) }
  try {
    const limited = {
      provider: providerOf(pin, effect),
      verb: effect.kind,
      limitMs: pin.policy.callLimitMs,
    }
    const outcome = await limitCall(performing, limited, (call) => {
      // It may have waited for its turn: until when it can take effect counts from now.
      sentAt = performing.now()
      return send(performing, effect, call)
    })
    return await refuseSecretsIn(guard, outcome, providerOf(pin, effect))
  } catch (error) {
    const failure = redactFailure(guard, toFailure(error, providerOf(pin, effect)))
    if (failure.effect === 'none') return { is: 'not-done', failure }
    return { is: 'unknown', failure, landsBy: landsBy(sentAt, pin.policy, settleOf(pin, effect)) }
  }
}

/** Settle time of the place an effect goes to, in milliseconds. */
export function settleOf(pin: Pin, effect: Effect): number {
  if (effect.kind === 'write' || effect.kind === 'retire') {
    return pin.targets.find((target) => target.id === effect.target)?.traits.settleMs ?? 0
  }
  if (effect.kind === 'restart') return 0
  return effect.kind === 'issue' ? pin.issuer.traits.settleMs : revokeSettleMs(pin.issuer)
}

function providerOf(pin: Pin, effect: Effect): string {
  if (effect.kind === 'write' || effect.kind === 'retire') {
    return pin.targets.find((target) => target.id === effect.target)?.store ?? effect.target
  }
  return effect.kind === 'restart' ? effect.consumer : pin.issuer.name
}

async function send(performing: Performing, effect: Effect, call: Call): Promise<Outcome> {
  switch (effect.kind) {
    case 'issue':
      return issue(performing, effect, call)
    case 'write':
      return write(performing, effect, call)
    case 'retire': {
      const target = targetOf(performing.pin, effect.target)
      const store = await performing.world.store(target.store)
      return { is: 'done', retired: await store.retire(target, effect.version, call) }
    }
    case 'restart': {
      const consumer = await performing.world.consumer(effect.consumer)
      await consumer.restart?.(effect.mark, call, effect.wanted)
      return { is: 'done' }
    }
    default:
      return endKey(performing, effect, call)
  }
}

async function issue(
  performing: Performing,
  effect: Effect & { kind: 'issue' },
  call: Call,
): Promise<Outcome> {
  const { world, record, pin } = performing
  const issuer = await apiIssuer(performing)
  const { scopes, expiresAfterMs } = world.issueOptions
  const old = record.rotation?.old
  const current = old ? await heldKey(performing, old) : undefined
  const expiresAt = expiresAfterMs === undefined ? undefined : performing.now() + expiresAfterMs
  const made = await issuer.issue(
    {
      name: effect.name,
      mark: effect.mark,
      seen: record.rotation?.seen ?? [],
      ...(current ? { current } : {}),
      ...(scopes ? { scopes } : {}),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    },
    call,
  )
  refuseUnusable(made.material, pin.issuer)
  const fingerprint = performing.values.keep(made.material)
  const expiry = made.ref.expiresAt ?? expiresAt
  return { is: 'done', ref: made.ref, fingerprint, ...(expiry === undefined ? {} : { expiresAt: expiry }) }
}

/** A value that cannot be a key; but something was made at the issuer, so the effect is unknown. */
export function refuseUnusable(material: Material, { name, traits }: PinnedIssuer): void {
  const found = explainUnusable(material, { pasted: false, publicParts: traits.publicParts })
  if (!found) return
  throw new ProviderError({
    code: 'invalid',
    provider: name,
    message: `part ${found.part} of the new key cannot be used: it ${found.says}`,
    effect: 'unknown',
    nextStep: 'Check which field of the answer the config takes the key from.',
  })
}

async function write(
  performing: Performing,
  effect: Effect & { kind: 'write' },
  call: Call,
): Promise<Outcome> {
  const target = targetOf(performing.pin, effect.target)
  const material = await fetchValue(performing, effect.fingerprint)
  if (!material) {
    throw new ProviderError({
      code: 'unavailable',
      provider: target.store,
      message: `the value ${effect.fingerprint} cannot be read anywhere now`,
      effect: 'none',
      nextStep: 'Keyrota tries again when a store that holds it can be read.',
    })
  }
  const store = await performing.world.store(target.store)
  const { version } = await writeKey(
    store,
    target,
    material,
    { mark: effect.mark, replaces: effect.replaces },
    call,
  )
  return { is: 'done', version }
}

async function endKey(
  performing: Performing,
  effect: Effect & { kind: EndKind },
  call: Call,
): Promise<Outcome> {
  const { name } = performing.pin.issuer
  // A key that a person made can all the same be one that the API revokes.
  const issuer: Ending = await performing.world.issuer(name)
  if (effect.kind === 'end-overlap') {
    if (!issuer.endOverlap) throw cannot(name, effect.kind)
    await issuer.endOverlap(call)
    return { is: 'done' }
  }
  const held = await heldKey(performing, effect)
  const verb = issuer[effect.kind]
  if (!verb) throw cannot(name, effect.kind)
  await verb.call(issuer, held, call)
  return { is: 'done' }
}

type Ending = Partial<Pick<ApiIssuer, 'disable' | 'enable' | 'revoke' | 'endOverlap'>>

/** The config that was pinned has the verb and the present one does not: nothing is sent. */
function cannot(provider: string, kind: EndKind): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider,
    message: `it cannot ${kind.replace('-', ' the ')}`,
    effect: 'none',
    nextStep: 'The config of the issuer has changed since the rotation began: put that option back.',
  })
}

async function heldKey(
  performing: Performing,
  key: { ref?: HeldKey['ref']; fingerprint?: string },
): Promise<HeldKey> {
  const material = key.fingerprint ? await fetchValue(performing, key.fingerprint) : undefined
  return {
    ...(key.ref ? { ref: key.ref } : {}),
    ...(material ? { material } : {}),
    ...(key.fingerprint ? { fingerprint: key.fingerprint } : {}),
  }
}

async function apiIssuer(performing: Performing): Promise<ApiIssuer> {
  const issuer = await performing.world.issuer(performing.pin.issuer.name)
  if (issuer.lifecycle === 'operator') throw new Error(`${performing.pin.issuer.name} has no API for keys`)
  return issuer
}

/** The pinned target of this id; a workflow that names another is a defect. */
export function targetOf(pin: Pin, id: string) {
  const target = pin.targets.find((one) => one.id === id)
  if (!target) throw new Error(`no target ${id} is pinned`)
  return target
}
