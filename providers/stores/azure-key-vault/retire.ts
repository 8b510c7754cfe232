import { failCurrentVersion } from '../../shared/store/place.ts'
import type { AzurePlace } from './read.ts'

/** A version cannot be removed, but nobody can read a disabled one. Retiring it again changes nothing. */
export async function retireVersion(place: AzurePlace, version: string): Promise<'gone'> {
  const { vault, secret, call } = place
  const latest = await vault.get(secret, undefined, call)
  if (latest.properties.version === version) throw failCurrentVersion(place, version)
  await vault.disable(secret, version, call)
  return 'gone'
}
