import { ProviderError } from '../../../src/contracts/errors.ts'
import { encodePath, type VaultPlace } from './read.ts'

/* Vault Enterprise can copy a secret to other stores. Readers there get a new key only when the copy is done. */

/** The path that lists where this secret is copied to. */
export function syncPath({ mount, secret }: VaultPlace): string {
  return `sys/sync/associations/${mount}/${secret}`
}

/** A note when the secret is copied elsewhere and nothing waits for it; asked only where the token may read that. */
export async function describeSync(place: VaultPlace, mayRead: (path: string) => boolean): Promise<string[]> {
  const path = syncPath(place)
  if (!mayRead(path)) return []
  const places = countPlaces(await readAssociations(place, path))
  if (places === 0) return []
  return [
    `Vault copies this secret to ${places === 1 ? 'another store' : `${places} other stores`}: readers there get a new key later; set \`settle\` to the time that a copy may take`,
  ]
}

async function readAssociations(place: VaultPlace, path: string): Promise<unknown> {
  try {
    return await place.session.send({ path: encodePath(path) }, place.call)
  } catch (error) {
    // A server without this feature, or a secret that is copied nowhere.
    if (error instanceof ProviderError && ['not_found', 'invalid'].includes(error.code)) return undefined
    throw error
  }
}

function countPlaces(answer: unknown): number {
  const { data } = Object(answer) as { data?: { associated_destinations?: unknown } }
  const destinations = data?.associated_destinations
  return typeof destinations === 'object' && destinations !== null ? Object.keys(destinations).length : 0
}
