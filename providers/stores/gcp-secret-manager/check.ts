import { ProviderError } from '../../../src/contracts/errors.ts'
import type { StoreCheck } from '../../../src/contracts/secret-store.ts'
import { isListed } from '../../shared/options/writers.ts'
import { readParts } from '../../shared/store/secret-text.ts'
import { describeMarks, failWritten, refuseMarked } from '../../shared/store/writer-marks.ts'
import type { Secret } from './client.ts'
import { type GcpPlace, readPage, readText, toMissingSecret } from './read.ts'

const writePermissions = ['secretmanager.versions.add', 'secretmanager.versions.destroy'] as const

/** Looks at the secret, its current value and the rights to write, which the service reports to any caller about itself. */
export async function checkSecret(place: GcpPlace): Promise<StoreCheck> {
  const { client, resource, call } = place
  const secret = await client.getSecret(resource, call).catch((thrown: unknown) => {
    throw toMissingSecret(place, thrown)
  })
  refuseRival(place, secret)
  const { current, text } = await readPage(place)
  if (current !== undefined) readParts(place, text ?? (await readText(place, current.number)))
  const write = await checkRights(place)
  return { read: 'proved', write, notes: [...describeSettings(secret), ...describeMarks(marksOf(secret))] }
}

/** @throws ProviderError `invalid` for a secret that something else sets, by its marks or by a schedule. */
function refuseRival(place: GcpPlace, secret: Secret): void {
  refuseMarked(place, marksOf(secret), place.writers)
  const isScheduled = secret.rotation?.rotationPeriod ?? secret.rotation?.nextRotationTime
  if (!isScheduled || isListed(place.writers.allow, 'rotation')) return
  const who = 'a function that its rotation schedule starts'
  throw failWritten(place, { who, target: 'what that function rotates', name: 'rotation' })
}

function marksOf({ labels, annotations }: Secret): Record<string, string> {
  return { ...labels, ...annotations }
}

/** @throws ProviderError `denied` naming the first permission that is missing. */
async function checkRights(place: GcpPlace): Promise<'proved' | 'assumed'> {
  const { client, resource, call } = place
  const held = await client.testPermissions(resource, writePermissions, call).catch((thrown: unknown) => {
    // Servers that only resemble the service may not know this request; then nothing is proved.
    const isUnknown = thrown instanceof ProviderError && ['not_found', 'invalid'].includes(thrown.code)
    if (isUnknown) return 'unknown' as const
    throw thrown
  })
  if (held === 'unknown') return 'assumed'
  const missing = writePermissions.find((permission) => !held.includes(permission))
  if (missing === undefined) return 'proved'
  throw place.fail({
    code: 'denied',
    says: `cannot be written: the principal lacks ${missing}`,
    nextStep: `Grant ${missing} on this secret; \`keyrota permissions\` prints role and binding.`,
  })
}

function describeSettings(secret: Secret): string[] {
  const notes: string[] = []
  const aliases = Object.keys(secret.versionAliases ?? {})
  if (aliases.length > 0) {
    notes.push(
      `its aliases ${aliases.join(', ')} are not moved: clients that read through them will not see the new key`,
    )
  }
  if (secret.expireTime) notes.push('it has an expiry date and will be deleted then: remove the date')
  if (secret.versionDestroyTtl) notes.push('a destroyed version can be enabled again until its delay is over')
  return notes
}
