/** What is measured of a managed key, and which of its keys should not be used any more; from its record. Pure. */
import type { MeterSubject } from '../../contracts/meter.ts'
import type { KeyRecord, Rotation } from '../../contracts/record.ts'
import type { EndedKey } from '../../usage/judge-use.ts'

const MOST_PAST = 5
const DAY_MS = 86_400_000
/** A use of a key that ended longer ago is no longer asked for. */
const LONGEST_MS = 90 * DAY_MS
/** The end of a key takes a while to reach every place; what is tried meanwhile shows nothing. */
const GRACE_MS = 600_000

interface Known {
  fingerprint?: string | undefined
  ref?: { id: string; name?: string } | undefined
  name?: string | undefined
}

export function subjectOf(key: string, record: KeyRecord | null): MeterSubject {
  const { current, rotation, past = [], kept } = record ?? {}
  const known: (Known | null | undefined)[] = [
    current,
    rotation?.old,
    ...(rotation?.attempts ?? []),
    kept,
    ...past.slice(0, MOST_PAST),
  ]
  const keys = new Map<string, MeterSubject['keys'][number]>()
  for (const one of known) {
    const { fingerprint, ref, name = ref?.name } = one ?? {}
    if (fingerprint === undefined || keys.has(fingerprint)) continue
    keys.set(fingerprint, { fingerprint, ...(ref ? { id: ref.id } : {}), ...(name ? { name } : {}) })
  }
  return { key, keys: [...keys.values()] }
}

/** Once every consumer was moved, and once the issuer refuses it. */
export function endedKeysOf(record: KeyRecord | null, now: number): EndedKey[] {
  const { rotation, past = [], current } = record ?? {}
  const old = rotation?.step === 'revoke' ? rotation.old : null
  const refused = past
    .slice(0, MOST_PAST)
    .filter(({ state, until }) => (state === 'revoked' || state === 'dead') && until > now - LONGEST_MS)
    .filter(({ fingerprint }) => fingerprint !== old?.fingerprint && fingerprint !== current?.fingerprint)
  return [
    ...(old && rotation ? [inOverlap(old.fingerprint, rotation)] : []),
    ...refused.map(({ fingerprint, until }) => ({
      ...{ fingerprint, since: until + GRACE_MS, state: 'refused' as const },
    })),
  ]
}

/** Our own probes are the last use right after the cut-over, and from the end of the overlap on. */
function inOverlap(fingerprint: string, { stepSince, overlapUntil = 0 }: Rotation): EndedKey {
  const lastUse = { from: stepSince + GRACE_MS, to: overlapUntil }
  return { fingerprint, since: stepSince, state: 'overlap', lastUse }
}

/** A rotation probes the key that it replaces, and the one that it makes. */
export function probedUntilOf(record: KeyRecord | null, now: number): number {
  return record?.rotation ? now : (record?.last?.at ?? 0) + GRACE_MS
}
