import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import type { WriteRequest } from '../../shared/store/frame.ts'
import { compareFields, requireFresh } from '../../shared/store/judge-write.ts'
import { failTooLarge } from '../../shared/store/place.ts'
import { writtenVersion } from './kv.ts'
import { encodePath, type OpenVersion, openParts, pathOf, policyPathOf, type VaultPlace } from './read.ts'

/** Integrated storage takes entries of 1 MiB; the rest is left for what the server adds to a secret. */
export const MAX_DATA_BYTES = 1024 * 1024 - 8 * 1024

/** Reads the current version and writes all its fields back with ours changed, if it is still the current one then. */
export async function writeKey(place: VaultPlace, request: WriteRequest): Promise<string> {
  const open = await openParts(place, 'current')
  const seen = {
    version: String(open.version),
    fields: compareFields(open, request.material),
    madeBy: place.sentMarks.findMaker(keyOf(place), request, open.version),
  }
  if (requireFresh(place, seen, request) === 'repeat') return seen.version
  return send(place, request, open)
}

async function send(place: VaultPlace, { material, mark }: WriteRequest, open: OpenVersion): Promise<string> {
  const path = pathOf(place, 'data')
  const data = changeFields(place, material, open.data)
  const forget = place.sentMarks.remember(keyOf(place), { mark, version: open.version + 1 })
  try {
    const answer = await place.session.send(
      {
        path: encodePath(path),
        body: { data, options: { cas: open.version } },
        mutates: true,
        grant: { capability: 'update', path: policyPathOf(place, path) },
      },
      place.call,
    )
    return writtenVersion(answer, place.provider)
  } catch (error) {
    if (!(error instanceof ProviderError) || error.effect === 'none') forget()
    throw error
  }
}

function keyOf({ address }: VaultPlace): string {
  return JSON.stringify([address.secret, address.fields])
}

/** @throws ProviderError `invalid` when the secret would become larger than servers take. */
function changeFields(
  place: VaultPlace,
  material: Material,
  data: Record<string, unknown>,
): Record<string, unknown> {
  const changed = { ...data }
  for (const [part, field] of Object.entries(place.address.fields))
    changed[String(field)] = material[part]?.expose()
  const bytes = Buffer.byteLength(JSON.stringify(changed))
  if (bytes > MAX_DATA_BYTES) throw failTooLarge(place, bytes, MAX_DATA_BYTES)
  return changed
}
