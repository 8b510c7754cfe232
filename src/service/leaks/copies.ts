/** Where the values of earlier keys can still be read: versions that a store keeps, and what targets hold now. */
import type { KeyRecord, Pin } from '../../contracts/record.ts'
import type { AtHand } from '../../engine/at-hand.ts'
import { limitCall, toFailure } from '../../engine/limit-call.ts'
import { readKey } from '../../engine/stored-key.ts'
import type { Answers } from '../../workflow/words/questions.ts'

export interface Copy {
  target: string
  /** The store's version, or `current`. */
  version: string
  fingerprint: string
  /** Another field of the secret, where it is not ours. */
  field?: string
}

export interface Copies {
  copies: Copy[]
  /** Versions of which it is not known whether they can still be read, and why. */
  unread: { target: string; version: string; why: string }[]
}

/** Versions that are tried at most, the newest first. */
const MAX_VERSIONS = 100

/**
 * Reads each version that a finished rotation left behind; what can be read stays in `atHand.values`. A version of which
 * no rotation tells is not looked for: no store lists them all.
 */
export async function findCopies(
  atHand: AtHand,
  { record, pin }: { record: KeyRecord; pin: Pin },
  answers: Pick<Answers, 'targets'>,
): Promise<Copies> {
  const earlier = new Set(record.past.map(({ fingerprint }) => fingerprint))
  const found: Copies = { copies: copiesNow(answers, earlier), unread: [] }
  const versions = (await versionsOnRecord(atHand, record)).slice(0, MAX_VERSIONS)
  await Promise.all(
    versions.map(async ({ target: id, version }) => {
      const target = pin.targets.find((one) => one.id === id)
      if (!target)
        return found.unread.push({ target: id, version, why: 'the config no longer has this target' })
      try {
        const store = await atHand.world.store(target.store)
        const about = { provider: target.store, verb: 'read', limitMs: pin.policy.callLimitMs }
        const stored = await limitCall(atHand, about, (call) => readKey(store, target, version, call))
        const fingerprint = atHand.values.keep(stored.material)
        return earlier.has(fingerprint) && found.copies.push({ target: id, version, fingerprint })
      } catch (error) {
        const failure = toFailure(error, target.store)
        // That it is gone is what is hoped for.
        return (
          failure.code !== 'not_found' && found.unread.push({ target: id, version, why: failure.message })
        )
      }
    }),
  )
  return found
}

function copiesNow({ targets }: Pick<Answers, 'targets'>, earlier: ReadonlySet<string>): Copy[] {
  return Object.entries(targets).flatMap(([target, reading]) => {
    if (reading.is !== 'value') return []
    const beside = Object.entries(reading.beside ?? {}).flatMap(([field, fingerprint]) =>
      earlier.has(fingerprint) ? [{ target, version: 'current', fingerprint, field }] : [],
    )
    const { fingerprint } = reading
    return [...(earlier.has(fingerprint) ? [{ target, version: 'current', fingerprint }] : []), ...beside]
  })
}

/** What the rotations that replaced the earlier keys wrote down, each version once. */
async function versionsOnRecord(
  { journal }: Pick<AtHand, 'journal'>,
  record: KeyRecord,
): Promise<{ target: string; version: string }[]> {
  const present = new Set(
    Object.entries(record.current?.versions ?? {}).map(([id, version]) => `${id} ${version}`),
  )
  const seen = new Map<string, { target: string; version: string }>()
  for (const { rotation } of record.past) {
    const finished = rotation === undefined ? null : await journal.finished(rotation)
    for (const [target, ledger] of Object.entries(finished?.rotation?.targets ?? {})) {
      for (const version of [ledger.oldVersion, ...ledger.writes.map((write) => write.version)])
        if (version !== undefined && !present.has(`${target} ${version}`))
          seen.set(`${target} ${version}`, { target, version })
    }
  }
  return [...seen.values()]
}
