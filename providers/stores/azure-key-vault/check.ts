import type { StoreCheck } from '../../../src/contracts/secret-store.ts'
import { readParts } from '../../shared/store/secret-text.ts'
import { describeMarks, refuseMarked } from '../../shared/store/writer-marks.ts'
import type { AzurePlace } from './read.ts'

/** The rights to get and list are proved by using them; the vault reports no other right without its use. */
export async function checkSecret(place: AzurePlace): Promise<StoreCheck> {
  const { vault, secret, call } = place
  const { value, properties } = await vault.get(secret, undefined, call)
  readParts(place, value ?? '')
  if (properties.managed === true) {
    throw place.fail({
      code: 'invalid',
      says: 'belongs to a certificate, which sets it again when it is renewed',
      nextStep: 'Keep the key in a secret of its own.',
    })
  }
  const tags = properties.tags ?? {}
  refuseMarked(place, tags, place.writers)
  await vault.list(secret, call)
  const notes = [
    'the rights to set a version and to disable one show only when they are used',
    ...describeMarks(tags),
  ]
  const { expiresOn } = properties
  if (expiresOn !== undefined && expiresOn.getTime() <= Date.now())
    notes.push(`the latest version expired on ${expiresOn.toISOString()}; the next one will not expire`)
  return { read: 'proved', write: 'assumed', notes }
}
