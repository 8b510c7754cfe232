import { ProviderError } from '../../../src/contracts/errors.ts'
import type { WriteRequest } from '../../shared/store/frame.ts'
import { compareFields, requireFresh } from '../../shared/store/judge-write.ts'
import { failChanged } from '../../shared/store/place.ts'
import { readParts, replaceParts } from '../../shared/store/secret-text.ts'
import { isUsableMark, markOf, versionIdOf } from './history.ts'
import { type AwsPlace, readText } from './read.ts'

/** AWS Secrets Manager quotas: "Secret size". */
const maxBytes = 65_536

/**
 * Three requests: what is current, the new version as AWSPENDING, then AWSCURRENT moved from the version read to the
 * new one, which the service refuses if the label was moved to another version by then.
 */
export async function writeKey(place: AwsPlace, request: WriteRequest): Promise<string> {
  const { client, address, secret, call } = place
  const { material, mark } = request
  if (!isUsableMark(mark)) {
    const nextStep = 'Shorten the installation id.'
    throw place.fail({ code: 'invalid', says: `cannot have the mark ${mark} in a version id`, nextStep })
  }
  const held = await readText(place, 'current')
  // By the mark and not by the id: a repeat may name another version to be replaced, e.g. the one that it made.
  const madeBy = held !== undefined && markOf(held.id) === mark ? 'this' : 'other'
  const fields = compareFields(readParts(place, held?.text), material)
  const decision = requireFresh(place, { version: held?.id, fields, madeBy }, request)
  if (decision === 'repeat' && held !== undefined) return held.id
  const text = replaceParts(place, held?.text, material, maxBytes)
  const id = versionIdOf(address, request)
  const made = await client.put(secret, id, text, 'AWSPENDING', call)
  if (!made.VersionStages?.includes('AWSCURRENT')) await promote(place, id, held?.id)
  return id
}

/**
 * The compare-and-set: AWSCURRENT moves only while it is still attached to `from`, or to no version when there is no
 * `from`. A second put with the label would do nothing: the service ignores a repeat of a token with its text.
 */
async function promote(place: AwsPlace, id: string, from: string | undefined): Promise<void> {
  try {
    await place.client.moveStage(place.secret, 'AWSCURRENT', { from, to: id }, place.call)
  } catch (thrown) {
    if (!(thrown instanceof ProviderError) || thrown.code !== 'invalid') throw thrown
    // AWSCURRENT was not moved by this write.
    throw failChanged(place, `was changed: version ${from ?? '(none)'} is no longer current`)
  }
}
