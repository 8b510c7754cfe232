import type { KeyRecord, Pin } from '../contracts/record.ts'
import type { Material } from '../contracts/secret-value.ts'
import { limitCall, toFailure } from './limits.ts'
import type { Values } from './values.ts'
import type { World } from './world.ts'

interface Fetching {
  world: World
  values: Values
  record: KeyRecord
  pin: Pin
  beforeSend: () => void
}

/** The value behind a fingerprint: from memory, else from the versions that the record names; undefined: nowhere. */
export async function fetchValue(fetching: Fetching, fingerprint: string): Promise<Material | undefined> {
  const { values, world, pin } = fetching
  const known = values.get(fingerprint)
  if (known) return known
  for (const place of placesOf(fetching.record, fingerprint)) {
    const target = pin.targets.find((one) => one.id === place.target)
    if (!target) continue
    try {
      const store = await world.store(target.store)
      const stored = await limitCall(
        { limitMs: pin.policy.callLimitMs, beforeSend: fetching.beforeSend },
        (call) => store.read(target, place.version, call),
      )
      if (values.keep(stored.material) === fingerprint) return stored.material
    } catch (error) {
      // A place that does not answer now is no reason to give up: another may, and none is `undefined`. A lost lease
      // is thrown on by toFailure.
      toFailure(error, target.store)
    }
  }
  return undefined
}

/** Target and version of every place the record knows for this fingerprint, nearest first. */
function placesOf(record: KeyRecord, fingerprint: string): { target: string; version: string }[] {
  const places: { target: string; version: string }[] = []
  for (const [target, ledger] of Object.entries(record.rotation?.targets ?? {})) {
    for (const write of ledger.writes) {
      if (write.fingerprint === fingerprint && write.version) places.push({ target, version: write.version })
    }
    if (fingerprint === record.rotation?.old?.fingerprint && ledger.oldVersion)
      places.push({ target, version: ledger.oldVersion })
  }
  if (record.current?.fingerprint === fingerprint) {
    for (const [target, version] of Object.entries(record.current.versions)) places.push({ target, version })
  }
  return places.reverse()
}
