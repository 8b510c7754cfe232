import { byPerson, confirmed, orphan, reads } from '../changes.ts'
import { type Cases, FOREIGN, given } from '../given.ts'
import { readsShape, unfit } from '../shape-changes.ts'

/** A target that holds what cannot be a key by its shape, wherever a step meets it; for preflight see its own table. */
export const notAKey: Cases = {
  'deploy: a reference came into a target: it is not written over': given(
    'deploy',
    confirmed('overwrite:reference'),
  )
    .when(readsShape('reference'))
    .decides('block (not-a-key)'),
  'deploy: a placeholder came into a target': given('deploy')
    .when(readsShape('placeholder'))
    .decides('block (not-a-key), needs overwrite:placeholder'),
  'deploy: it may be overwritten': given('deploy', confirmed('overwrite:placeholder'))
    .when(readsShape('placeholder'))
    .decides('perform deploy new to a over v9'),
  'rollback: an encrypted value came into a target: it is not written over': given(
    'rollback',
    confirmed('overwrite:encrypted'),
  )
    .when(readsShape('encrypted'))
    .decides('block (not-a-key)'),
  'rollback: a masked value came into a target': given('rollback')
    .when(readsShape('masked'))
    .decides('block (not-a-key), needs overwrite:masked'),
  'create: a target holds a placeholder, which cannot be the key of a lost answer': given('create', orphan)
    .when(readsShape('placeholder'))
    .decides('perform revoke new-id'),
  'create: a target cannot hold the new key: it is revoked before anything is written': given('create')
    .when(unfit)
    .decides('perform revoke new-id'),
  'create: the same for a key that a person supplied': given('create', byPerson)
    .when(unfit)
    .decides('person (operator-creates-key)'),
  'create: an unknown value may be that key': given('create', orphan)
    .when(reads(FOREIGN))
    .decides(`block (drift), needs keep:${FOREIGN}`),
}
