import type { StoreCheck } from '../../../src/contracts/secret-store.ts'
import { describeMarks, refuseMarked } from '../../shared/store/writer-marks.ts'
import { checkKeptVersions, settingPaths } from './kept-versions.ts'
import { readCapabilities } from './kv.ts'
import { openParts, pathOf, policyPathOf, type VaultPlace } from './read.ts'
import { describeSync, syncPath } from './sync.ts'

/** The right to read is proved by reading, the rights to write and destroy by what the token may ask about itself. */
export async function checkSecret(place: VaultPlace): Promise<StoreCheck> {
  const { version, customMetadata } = await openParts(place, 'current')
  refuseMarked(place, customMetadata, place.writers)
  const needed = [pathOf(place, 'data'), pathOf(place, 'destroy')]
  const asked = [...needed, ...settingPaths(place), syncPath(place)]
  const capabilities = await readCapabilities(
    place,
    asked.map((path) => policyPathOf(place, path)),
    place.call,
  )
  const may = (what: string) => (path: string) =>
    capabilities !== 'unknown' &&
    capabilities[policyPathOf(place, path)]?.some((one) => one === what || one === 'root') === true
  const lacking = needed.filter((path) => !may('update')(path))
  if (capabilities !== 'unknown' && lacking.length > 0) {
    throw place.fail({
      code: 'denied',
      says: `cannot be written: the policy lacks "update" on ${lacking.map((path) => policyPathOf(place, path)).join(' and ')}`,
      nextStep: 'Give the policy of this token "update" there; `keyrota permissions` prints it whole.',
    })
  }
  const keptNotes = await checkKeptVersions(place, { current: version, mayRead: may('read') })
  const notes = [
    ...keptNotes,
    ...describeMarks(customMetadata),
    ...(await describeSync(place, may('read'))),
    ...place.session.describeToken(),
  ]
  if (capabilities !== 'unknown') return { read: 'proved', write: 'proved', notes }
  const note = 'the token may not read its own capabilities, so its right to write is not proved'
  return { read: 'proved', write: 'assumed', notes: [note, ...notes] }
}
