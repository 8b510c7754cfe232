import type { Confirmation } from '../../contracts/confirmation.ts'
import { quoteWord } from '../../contracts/shell-word.ts'

/** A statement about everything, or about the one thing that is named after the colon. */
type NameOf<C extends Confirmation> = C extends `${infer Name}:${string}` ? Name : C
export type ConfirmationName = NameOf<Confirmation>

interface Meaning {
  /** What the part after the colon names; null when there is none. */
  about: string | null
  /** What a person states by it. */
  asks: string
  /** What Keyrota does once it is stated. */
  does: string
}

/** Every word that a person can confirm. A new one starts here and in `contracts/confirmation.ts`. */
const confirmations: Readonly<Record<ConfirmationName, Meaning>> = {
  abandon: {
    about: null,
    asks: 'the rotation may be cancelled before a key is created',
    does: 'ends the rotation as not started',
  },
  adopt: {
    about: 'fingerprint',
    asks: 'the value found in the targets is the key in use',
    does: 'takes it as the old key and lists the one known before as a debt',
  },
  'another-attempt': {
    about: null,
    asks: 'the cause of the failed attempts is known',
    does: 'allows as many attempts again',
  },
  'another-key': {
    about: 'mark of the key to replace',
    asks: 'another key may be created although the present one may be in use',
    does: 'creates one more key; the present one becomes a debt, or ends where one key replaces another',
  },
  dead: {
    about: 'fingerprint',
    asks: 'no consumer uses this value, nor a key that it refers to',
    does: 'counts it as dead and writes over it',
  },
  deleted: {
    about: 'name of a debt',
    asks: 'this key was deleted at the issuer',
    does: 'takes it off the list of debts',
  },
  'end-in-use': {
    about: null,
    asks: 'whoever still uses the old key may lose it',
    does: 'revokes the old key although it was used after the cut-over',
  },
  id: {
    about: 'id at the issuer',
    asks: 'this is the id of the adopted key',
    does: 'keeps it, so that the key can be revoked',
  },
  keep: {
    about: 'fingerprint',
    asks: 'the value found in a target is the key that this rotation created',
    does: 'continues with it as the new key',
  },
  'keep-new': {
    about: null,
    asks: 'the new key stays, since the old one is dead',
    does: 'stops the rollback and deploys the new key again',
  },
  moved: {
    about: null,
    asks: 'every consumer uses the new key',
    does: 'accepts that as proof and continues to the revocation of the old key',
  },
  'moved-back': {
    about: null,
    asks: 'every consumer uses the old key again',
    does: 'accepts that as proof and revokes the new key',
  },
  'not-in-use': {
    about: 'mark of the key',
    asks: 'nobody uses the key of this mark',
    does: 'revokes it as an orphan',
  },
  'nothing-made': {
    about: 'mark of the key',
    asks: 'the issuer has no key of this mark, or it was deleted there',
    does: 'creates another key after the quiet time',
  },
  'old-gone': {
    about: null,
    asks: 'the old key no longer exists at the issuer',
    does: 'counts it as revoked',
  },
  orphan: {
    about: 'id at the issuer',
    asks: 'this key was created by the call whose answer was lost',
    does: 'revokes it as an orphan',
  },
  overwrite: {
    about: 'fingerprint, or `absent`',
    asks: 'this value may be overwritten',
    does: 'writes over it',
  },
  overwritten: {
    about: 'mark of the write',
    asks: 'the value that was lost in a race of two writers is not needed',
    does: 'continues the rotation',
  },
  reconcile: {
    about: null,
    asks: 'this journal is the one to continue with, although it is an old copy',
    does: 'continues, with marks above those found',
  },
  removed: {
    about: 'target or consumer',
    asks: 'this target or consumer no longer uses the key',
    does: 'drops it from the rotation as a declared exception',
  },
  'removed-key': {
    about: null,
    asks: 'the key was removed from the config on purpose',
    does: 'finishes the rotation that is running',
  },
  split: {
    about: null,
    asks: 'each managed key that shares this value is to get a key of its own',
    does: 'creates a key for this one alone; the shared key lives until the last of the others was rotated too',
  },
  'value-gone': {
    about: null,
    asks: 'the value of the current key is gone, and nothing reads it from a place that the config does not name',
    does: 'creates a new key, without a way back, and ends the lost one by its id',
  },
  unused: {
    about: 'store/secret#field',
    asks: 'nothing reads the key from this field',
    does: 'no longer counts the field as a user of the key',
  },
}

type WithAbout = Extract<Confirmation, `${string}:${string}`>

/** The statement `name` about one thing, as it is typed on the command line. */
export function confirmationOf<N extends NameOf<WithAbout>>(name: N, about: string): `${N}:${string}` {
  return `${name}:${about}`
}

/** The command that continues a key, with what a person has to state first, as a shell takes it. */
export function commandFor(key: string, needs?: Confirmation): string {
  return `keyrota resume ${quoteWord(key)}${needs ? ` --confirm ${quoteWord(needs)}` : ''}`
}

/** @returns what was typed, split at its first colon; null when it is not a word that can be confirmed. */
export function parseConfirmation(
  text: string,
): { confirmation: Confirmation; name: ConfirmationName; about: string | null } | null {
  const at = text.indexOf(':')
  const name = at < 0 ? text : text.slice(0, at)
  const about = at < 0 ? null : text.slice(at + 1)
  if (!isName(name) || (confirmations[name].about === null) !== (about === null) || about === '') return null
  return { confirmation: text as Confirmation, name, about }
}

function isName(name: string): name is ConfirmationName {
  return Object.hasOwn(confirmations, name)
}

/** `moved (every consumer uses the new key)`: what can be confirmed, and what a person states by it. */
export function describeAsked(text: string): string {
  const parsed = parseConfirmation(text)
  return parsed ? `${text} (${confirmations[parsed.name].asks})` : text
}

/** What has to be true before a person confirms this. */
export function describeCondition(confirmation: Confirmation): string | null {
  const parsed = parseConfirmation(confirmation)
  return parsed ? confirmations[parsed.name].asks : null
}

/** What Keyrota does once this is confirmed; `back`: while a rollback restores the old key. */
export function describeEffect(confirmation: Confirmation, back: boolean): string {
  const parsed = parseConfirmation(confirmation)
  if (!parsed) return 'looks again'
  if (parsed.name === 'overwrite') return `writes the ${back ? 'old' : 'new'} value over it`
  return confirmations[parsed.name].does
}

/** `moved: accepts that as proof`: what was confirmed, and what Keyrota does with it. */
export function describeConfirmed(text: string): string {
  const parsed = parseConfirmation(text)
  return parsed ? `${text}: ${confirmations[parsed.name].does}` : text
}
