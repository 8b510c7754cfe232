import { failCurrentVersion } from '../../shared/store/place.ts'
import { saveRecord } from './file/state.ts'
import { retireVersion } from './history.ts'
import type { Session } from './session.ts'
import { tidy } from './write.ts'

export async function retire(session: Session, version: string): Promise<'gone'> {
  const { place, files, record, present } = session
  if (present && record.versions.at(-1)?.id === version) throw failCurrentVersion(place, version)
  place.call.beforeSend()
  await tidy(session)
  await saveRecord(place.provider, files, retireVersion(record, version, present))
  return 'gone'
}
