/** Finds the value behind a fingerprint. */
import type { KeyRecord } from '../contracts/record.ts'
import type { Material } from '../contracts/secret-value.ts'
import type { AtHand, Subject } from './at-hand.ts'
import { limitCall, toFailure } from './limit-call.ts'
import { readKey } from './stored-key.ts'

type Fetching = Pick<
  AtHand & Subject,
  'world' | 'values' | 'clock' | 'beforeSend' | 'watch' | 'budget' | 'turnWaitMs' | 'record' | 'pin'
>

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
      const limited = { provider: target.store, verb: 'read', limitMs: pin.policy.callLimitMs }
      const stored = await limitCall(fetching, limited, (call) => readKey(store, target, place.version, call))
      if (values.keep(stored.material) === fingerprint) return stored.material
    } catch (error) {
      // A store that cannot be read now does not end the search; `undefined` means that none could. A lost lease
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
  if (record.kept?.fingerprint === fingerprint) {
    for (const [target, version] of Object.entries(record.kept.versions)) places.push({ target, version })
  }
  return places.reverse()
}
