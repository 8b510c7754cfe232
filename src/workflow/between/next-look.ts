/* When a key that no rotation runs for is looked at again: its targets are read, and nothing else is asked. */

import type { KeyRecord, Policy } from '../../contracts/record.ts'
import { fractionOf } from '../../contracts/spread.ts'
import { carePauseMs } from '../words/pace.ts'

/** What of a key's config decides when it is looked at. */
export interface LookInput {
  key: string
  lookEveryMs: number
  policy: Pick<Policy, 'retryMaxMs' | 'afterCareMs'>
  targets: readonly string[]
}

/**
 * From when on the targets are read again: milliseconds since 1970, in the past when it is due. Soon while a key is new
 * here, cannot be read, or is cared for after a rotation; else once in every `lookEvery`, at a moment that the name
 * decides, so that a thousand keys adopted in one minute are read over the whole of it.
 */
export function nextLookAt(record: KeyRecord | null, input: LookInput): number {
  if (!record?.current || record.afterCare?.intents.length) return 0
  const { lookEveryMs, policy, targets } = input
  const base = Math.max(record.lookedAt ?? 0, record.last?.at ?? 0)
  if (base === 0 || targets.some((id) => record.places[id] === undefined)) return 0
  const regular = lookEveryMs === 0 ? 0 : nextInTurn(base, lookEveryMs, fractionOf(`look ${input.key}`))
  const unreadable = Object.values(record.places).some(({ holds }) => holds === 'unreadable')
  return Math.min(regular, nextOfCare(record, base, policy), unreadable ? base + policy.retryMaxMs : regular)
}

/** The first moment after `base` at which it is this name's turn. */
function nextInTurn(base: number, everyMs: number, fraction: number): number {
  const offsetMs = Math.floor(fraction * everyMs)
  return (Math.floor((base - offsetMs) / everyMs) + 1) * everyMs + offsetMs
}

/** Calls that may still take effect, the pace of after-care, its repairs, and one look at its end. */
function nextOfCare({ afterCare, quietUntil }: KeyRecord, base: number, policy: LookInput['policy']): number {
  if (!afterCare || base >= afterCare.until) return Number.POSITIVE_INFINITY
  const repairs = Object.values(afterCare.tries).filter((tries) => !tries.gaveUp && tries.nextAt > base)
  return Math.min(
    afterCare.until,
    base + carePauseMs(policy),
    ...(base < quietUntil ? [quietUntil] : []),
    ...repairs.map((tries) => tries.nextAt),
  )
}
