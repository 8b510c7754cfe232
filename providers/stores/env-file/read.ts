import { type Material, material } from '../../../src/contracts/secret-value.ts'
import { namesOf } from '../../shared/store/fields.ts'
import type { Found } from '../../shared/store/frame.ts'
import { failMissingVersion } from '../../shared/store/place.ts'
import { saveRecord } from './file/state.ts'
import { readOthers } from './formats/edit.ts'
import { valuesOf } from './history.ts'
import type { Session } from './session.ts'
import { tidy } from './write.ts'

export async function readVersion(session: Session, wanted: string | 'current'): Promise<Found> {
  const { place, present, record, found } = session
  const { address, call, provider } = place
  call.beforeSend()
  await tidy(session)
  if (session.recordChanged) await saveRecord(provider, session.files, record)
  const current = record.versions.at(-1)
  if (wanted === 'current' && !(present && current)) {
    const absent = namesOf(address).filter((field) => !found.has(field))
    return { version: undefined, material: {}, absent, others: othersIn(session) }
  }
  const version = wanted === 'current' ? current : record.versions.find(({ id }) => id === wanted)
  const values = version && valuesOf(record, version.id, present)
  if (!values) throw failMissingVersion(place, wanted, `no longer has the value of version ${wanted}`)
  const parts: Record<string, string> = {}
  for (const [part, field] of Object.entries(address.fields)) parts[part] = values.get(field ?? '') ?? ''
  const others = wanted === 'current' ? { others: othersIn(session) } : {}
  return { version: version.id, material: material(parts), absent: [], mark: version.mark, ...others }
}

function othersIn({ text, format, place }: Session): Material {
  return material(Object.fromEntries(readOthers(text, format, namesOf(place.address))))
}
