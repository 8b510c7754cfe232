import { ProviderError } from '../../../src/contracts/errors.ts'
import type { StoreCheck } from '../../../src/contracts/secret-store.ts'
import { readParts } from '../../shared/store/secret-text.ts'
import type { Secret } from './client.ts'
import { isNotFound, missingError, type Place, readPage, readText } from './read.ts'

const writePermissions = ['secretmanager.versions.add', 'secretmanager.versions.destroy'] as const

/** Looks at the secret, its current value and the rights to write, which the service tells anybody about himself. */
export async function checkSecret(place: Place): Promise<StoreCheck> {
  const { client, resource, call } = place
  const secret = await client.getSecret(resource, call).catch((thrown: unknown) => {
    throw isNotFound(thrown) ? missingError(place, 'secret', 'it does not exist') : thrown
  })
  const { current, text } = await readPage(place)
  if (current !== undefined) readParts(text ?? (await readText(place, current.number)), place.address, place)
  const write = await checkRights(place)
  return { read: 'proved', write, notes: noteSettings(secret) }
}

/** @throws ProviderError `denied` naming the first permission that is missing. */
async function checkRights({
  client,
  resource,
  call,
  provider,
  secret,
}: Place): Promise<'proved' | 'assumed'> {
  const held = await client.testPermissions(resource, writePermissions, call).catch((thrown: unknown) => {
    // Servers that only resemble the service may not know this request; then nothing is proved.
    const isUnknown = thrown instanceof ProviderError && ['not_found', 'invalid'].includes(thrown.code)
    if (isUnknown) return 'not-told' as const
    throw thrown
  })
  if (held === 'not-told') return 'assumed'
  const missing = writePermissions.find((permission) => !held.includes(permission))
  if (missing === undefined) return 'proved'
  throw new ProviderError({
    code: 'denied',
    provider,
    message: `secret ${secret}: the principal lacks ${missing}`,
    effect: 'none',
    nextStep: `Grant ${missing} on this secret; \`keyrota permissions\` prints role and binding.`,
  })
}

function noteSettings(secret: Secret): string[] {
  const notes: string[] = []
  const aliases = Object.keys(secret.versionAliases ?? {})
  if (aliases.length > 0) {
    notes.push(
      `its aliases ${aliases.join(', ')} stay where they are: who reads by them will not see a new key`,
    )
  }
  if (secret.expireTime) notes.push('it expires and is deleted then: take the expiry away')
  if (secret.versionDestroyTtl) notes.push('a destroyed version can be enabled again until its delay is over')
  return notes
}
