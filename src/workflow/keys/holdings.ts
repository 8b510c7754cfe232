import type { KeyRef } from '../../contracts/key-issuer.ts'
import type { KeyRecord } from '../../contracts/record.ts'
import { isSameKey } from '../../contracts/same-key.ts'
import { quoteWord } from '../../contracts/shell-word.ts'
import type { Holding } from '../words/questions.ts'
import { reasons } from '../words/reasons.ts'

/** What this record has to do with the key, the most pressing first; null: nothing. */
export function holdingIn(record: KeyRecord, fingerprint: string): Holding | null {
  const { current, rotation, past, debts } = record
  const places = Object.entries(record.places).flatMap(([id, place]) =>
    isSameKey(place.fingerprint, fingerprint) ? [id] : [],
  )
  const about = { key: record.key, places }
  const made = rotation?.attempts.find((one) => isLive(one.state) && isSameKey(one.fingerprint, fingerprint))
  if (made) return { ...about, as: 'uses', ...refOf(made) }
  if (current && isSameKey(current.fingerprint, fingerprint))
    return {
      ...about,
      as: isLeaving(record) ? 'leaves' : 'uses',
      waits: rotation?.hold?.reason === reasons.sharedKey,
      ...refOf(current),
    }
  const debt = debts.find((one) => isSameKey(one.fingerprint, fingerprint))
  const earlier = past.find((one) => isSameKey(one.fingerprint, fingerprint))
  const known = { ...about, ...refOf(debt ?? {}), ...refOf(earlier ?? {}) }
  if (places.length > 0) return { ...known, as: 'holds' }
  if (debt) return { ...known, as: 'owes' }
  return earlier ? { ...known, as: 'had', past: earlier.state } : null
}

function isLive(state: string): boolean {
  return state === 'issued' || state === 'lost' || state === 'orphan'
}

function refOf({ ref }: { ref?: KeyRef }): { ref?: KeyRef } {
  return ref ? { ref } : {}
}

/** Its rotation has put the new key into every target and only has to end the old one. */
function isLeaving({ rotation }: KeyRecord): boolean {
  if (rotation?.step !== 'revoke') return false
  return rotation.pin.targets.every(({ id }) => rotation.targets[id]?.holds === 'new')
}

/** Those that still need the key to live. */
export function usersAmong(holdings: readonly Holding[] | undefined): Holding[] {
  return (holdings ?? []).filter(({ as }) => as === 'uses' || as === 'leaves' || as === 'holds')
}

/**
 * Of those, the ones beyond the namespace of a team's key. Whoever may write there can put any value that they got hold of
 * into a Secret of their own, so a team's word never ends a key under somebody else.
 */
export function outsidersAmong(key: string, users: readonly Holding[]): Holding[] {
  const slash = key.indexOf('/')
  if (slash < 0) return []
  const home = key.slice(0, slash + 1)
  return users.filter((user) => !user.key.startsWith(home))
}

/** `app-two`, or `app-two (env/.env#KEY)` where not the whole key but a target of it is meant. */
export function nameHolding({ key, as, places, isStray }: Holding): string {
  const said = [
    ...(as === 'holds' ? [places.join(', ')] : []),
    ...(isStray ? ['no longer in the config'] : []),
  ]
  return said.length > 0 ? `${key} (${said.join('; ')})` : key
}

export function nameHoldings(holdings: readonly Holding[]): string {
  return holdings.map(nameHolding).join(', ')
}

/** What a person runs for another key that leaked with this one. */
export function rotateLeaked(key: string): string {
  return `keyrota rotate ${quoteWord(key)} --compromised`
}
