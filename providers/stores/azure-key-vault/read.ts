import type { WriterRules } from '../../shared/options/writers.ts'
import type { Found } from '../../shared/store/frame.ts'
import type { Place } from '../../shared/store/place.ts'
import { readParts } from '../../shared/store/secret-text.ts'
import type { Vault } from './client.ts'
import { MARK_TAG } from './history.ts'

export interface AzurePlace extends Place {
  readonly vault: Vault
  readonly writers: WriterRules
}

export async function readKey(place: AzurePlace, version: string | 'current'): Promise<Found> {
  const { vault, secret, call } = place
  const { value, properties } = await vault.get(secret, version === 'current' ? undefined : version, call)
  return { version: properties.version, ...readParts(place, value ?? ''), mark: properties.tags?.[MARK_TAG] }
}
