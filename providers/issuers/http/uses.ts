/* What the service says of the use of its keys: by its own numbers, or by the last use in its list. */

import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { KeyUse } from '../../../src/contracts/key-issuer.ts'
import { readJson } from '../../shared/http/client.ts'
import { pick, pickAll, pickText, pickTime } from '../../shared/http/extract.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { listKeys } from './keys.ts'
import { type Api, perform } from './operations.ts'
import type { UsageOptions } from './schema-usage.ts'

const DAY_MS = 86_400_000
const TRAITS = ['consumer', 'address', 'agent', 'path'] as const

interface Period {
  from: number
  to: number
}

/** Undefined where the config describes neither. */
export function usesOf(api: Api): ((period: Period, call: Call) => Promise<KeyUse[]>) | undefined {
  const { usage, list } = api.options
  if (usage !== undefined) return (period, call) => readUses(api, usage, period, call)
  if (list?.lastUsed !== undefined) return (_, call) => readLastUses(api, call)
  return undefined
}

async function readLastUses(api: Api, call: Call): Promise<KeyUse[]> {
  return (await listKeys(api, call)).flatMap(({ ref, lastUsed }) =>
    typeof lastUsed === 'number' ? [lastUse(ref.id, lastUsed)] : [],
  )
}

/** A date without a time was read as the end of its day: the use was at any time of that day. */
function lastUse(id: string, at: number): KeyUse {
  const isDay = (at + 1) % DAY_MS === 0
  return { id, unit: 'requests', at, amount: 0, isLastUse: true, ...(isDay ? { from: at + 1 - DAY_MS } : {}) }
}

async function readUses(api: Api, usage: UsageOptions, period: Period, call: Call): Promise<KeyUse[]> {
  const body = readJson(await perform(api, 'usage', usage, { ...period }, call))
  return pickAll(body, usage.items).flatMap((item) => readUse(api, usage, item, period) ?? [])
}

/** An item without a number or without an id tells nothing. */
function readUse(api: Api, usage: UsageOptions, item: unknown, { from, to }: Period): KeyUse | null {
  const id = pickText(item, usage.id)
  if (id === undefined) return null
  const by = Object.fromEntries(
    TRAITS.flatMap((trait) => {
      const path = usage.by[trait]
      const text = path === undefined ? undefined : pickText(item, path)
      return text === undefined ? [] : [[trait, text]]
    }),
  )
  if (usage.amount === undefined) {
    const last = usage.lastUsed === undefined ? undefined : pickTime(item, usage.lastUsed)
    return last === undefined ? null : { ...lastUse(id, last), by }
  }
  const amount = pick(item, usage.amount)
  if (amount === undefined || amount === null || amount === '') return null
  const number = typeof amount === 'string' || typeof amount === 'number' ? Number(amount) : Number.NaN
  if (!Number.isFinite(number) || number < 0)
    throw unfit(api, 'usage.amount finds no number that is not negative')
  const time = usage.time === undefined ? undefined : pickTime(item, usage.time)
  if (usage.time !== undefined && time === undefined) throw unfit(api, 'usage.time finds no time in an item')
  const base = { id, unit: usage.unit, amount: number, by }
  if (usage.total) return { ...base, at: time ?? to, isTotal: true }
  return time === undefined
    ? { ...base, from, at: to }
    : { ...base, from: time, at: time + parseDurationMs(usage.covers) }
}

function unfit(api: Api, message: string): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider: api.settings.provider,
    message,
    effect: 'none',
    nextStep: 'Compare `usage` of this issuer with the response of the service.',
  })
}
