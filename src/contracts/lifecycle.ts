import type { ApiIssuerTraits } from './key-issuer.ts'
import type { PinnedIssuer } from './pin.ts'

/*
 * What creating, losing, turning back, overlapping and ending mean for each lifecycle. Whatever decides about a key
 * asks this table, never the name of the lifecycle. One rule holds in every row: nothing that is sent in a rollback can
 * end the old key.
 */

export interface LifecycleRules {
  /** Who makes the new key. */
  create: 'api' | 'person'
  /** What the creation does to the old key; `dies-later` is a deadline, `diesAfterMs` after the creation. */
  oldOnCreate: 'lives' | 'dies' | 'dies-later'
  diesAfterMs?: number
  /**
   * What one more creation does while old and new key live: `ends-old`: only one earlier key is kept, so it ends the
   * key that consumers may still use; `ends-new`: it regenerates the same place, whose key nobody may use by then.
   */
  createAgain: 'harmless' | 'ends-old' | 'ends-new'
  /** How a creation is settled whose answer was lost. */
  onLost: 'repeat' | 'find' | 'infer' | 'read-back' | 'stop' | 'person'
  /** Whether there is a list in which a key can be looked for; without it absence is no evidence. */
  isListed: boolean
  /**
   * How a rollback ends the new key. `keep`: nothing is sent, since no verb ends it and spares the old one; it stays
   * the current key at the service, and is what the next rotation goes on with (`read-back`) or replaces.
   */
  discardNew: 'revoke' | 'keep' | 'person'
  /** How the old key ends: `by-itself` nothing is sent. */
  endOld: 'revoke' | 'end-overlap' | 'by-itself' | 'person'
  /** Whether the old value may be written back: never, always, or only well before the deadline `diesAfterMs`. */
  rollBack: 'always' | 'before-deadline' | 'never'
}

type Facts = Pick<PinnedIssuer, 'lifecycle' | 'traits' | 'canEndOverlap' | 'canReadBack' | 'canRevoke'>

export function lifecycleRules(issuer: Facts): LifecycleRules {
  const traits = issuer.traits as ApiIssuerTraits
  const listed = { onLost: traits.onLostAnswer, isListed: traits.lists !== false }
  switch (issuer.lifecycle) {
    case 'operator':
      return operatorRules(issuer)
    case 'roll':
      return { ...rollRules(issuer, traits), isListed: listed.isListed }
    case 'slots':
      return { ...independent, ...listed, createAgain: 'ends-new' }
    case 'many':
    case 'self':
      return { ...independent, ...listed, ...oldKeyRules(traits) }
  }
}

const independent = {
  create: 'api',
  oldOnCreate: 'lives',
  createAgain: 'harmless',
  discardNew: 'revoke',
  endOld: 'revoke',
  rollBack: 'always',
} as const

/** What the issuer's keys share even where each is revoked for itself. */
function oldKeyRules(
  traits: ApiIssuerTraits,
): Pick<LifecycleRules, 'oldOnCreate' | 'rollBack' | 'diesAfterMs'> {
  const { oldKeyOnIssue } = traits
  if (oldKeyOnIssue === 'lives') return { oldOnCreate: 'lives', rollBack: 'always' }
  if (oldKeyOnIssue === 'dies') return { oldOnCreate: 'dies', rollBack: 'never' }
  const { diesAfterMs } = oldKeyOnIssue
  return { oldOnCreate: 'dies-later', diesAfterMs, rollBack: 'before-deadline' }
}

/** A key that is replaced in place: the service has one current key, and at most one that it replaced. */
function rollRules(issuer: Facts, traits: ApiIssuerTraits): Omit<LifecycleRules, 'isListed'> {
  const old = oldKeyRules(traits)
  const ends = issuer.canEndOverlap ? 'end-overlap' : old.oldOnCreate === 'lives' ? 'person' : 'by-itself'
  return {
    create: 'api',
    ...old,
    createAgain: 'ends-old',
    onLost: issuer.canReadBack ? 'read-back' : traits.onLostAnswer === 'repeat' ? 'repeat' : 'stop',
    discardNew: 'keep',
    endOld: old.oldOnCreate === 'dies' ? 'by-itself' : ends,
  }
}

/** A person makes the keys; the API may end them all the same. */
function operatorRules(issuer: Facts): LifecycleRules {
  return {
    ...independent,
    create: 'person',
    onLost: 'person',
    isListed: false,
    discardNew: issuer.canRevoke ? 'revoke' : 'person',
    endOld: issuer.canRevoke ? 'revoke' : 'person',
  }
}
