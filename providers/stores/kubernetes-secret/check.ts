import type { StoreCheck } from '../../../src/contracts/secret-store.ts'
import { namesOf } from '../../shared/store/fields.ts'
import { refuseRival } from './guard.ts'
import { findNotes } from './notes.ts'
import { type KubernetesPlace, look } from './read.ts'

/**
 * The right to write is proved by a patch that changes nothing and is not stored either. It names no resourceVersion:
 * what somebody else writes between look and patch says nothing about that right.
 */
export async function checkSecret(place: KubernetesPlace): Promise<StoreCheck> {
  const { secret, state } = await look(place)
  refuseRival(place, secret, state)
  await place.api.patch(place.object, {}, place.call, true)
  return { read: 'proved', write: 'proved', notes: findNotes(secret, namesOf(place.address)) }
}
