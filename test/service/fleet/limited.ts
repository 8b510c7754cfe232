/* Services that count calls by class and refuse what is too much, and the least time that their limits allow. */

import type { PublishedLimits, Rate } from '../../../src/contracts/budget.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Around } from '../../engine/harness.ts'
import type { VirtualClock } from '../../shared/virtual-clock.ts'

export type Limits = Readonly<Record<string, Rate>>

/** Which class a call of a provider counts against; null: none. */
function classOf(call: string): string | null {
  const [side, verb = ''] = call.split('.')
  if (side === 'store') return verb === 'write' || verb === 'retire' ? 'writes' : 'reads'
  if (side === 'issuer') return verb === 'probe' ? 'probes' : 'keys'
  return null
}

/** What an options module would say of them. */
export function publish(limits: Limits, provider: string): PublishedLimits {
  const side = provider.startsWith('issuer') ? 'issuer' : 'store'
  return {
    account: side,
    classes: Object.fromEntries(
      Object.entries(limits).filter(([name]) => ['writes', 'reads'].includes(name) === (side === 'store')),
    ),
    costs: (verb) => {
      const name = classOf(`${side}.${verb}`)
      return name === null || limits[name] === undefined ? [] : [{ class: name, calls: 1 }]
    },
  }
}

/** A bucket for each class that holds what comes in a second; each call takes `latencyMs`. */
export class LimitedServices {
  readonly #limits: Limits
  readonly #clock: VirtualClock
  readonly #buckets = new Map<string, { tokens: number; at: number }>()
  readonly #latencyMs: number
  readonly answered: Record<string, number> = {}
  refused = 0

  constructor(clock: VirtualClock, limits: Limits, latencyMs: number) {
    this.#clock = clock
    this.#limits = limits
    this.#latencyMs = latencyMs
  }

  get calls(): number {
    return this.refused + Object.values(this.answered).reduce((sum, count) => sum + count, 0)
  }

  around: Around = async (call, go) => {
    const name = classOf(call)
    if (name === null) return go()
    await this.#clock.sleep(this.#latencyMs)
    if (this.#takes(name)) {
      this.answered[name] = (this.answered[name] ?? 0) + 1
      return go()
    }
    this.refused += 1
    throw new ProviderError({
      ...{ code: 'throttled', provider: call.split('.')[0] ?? '', message: 'status 429', effect: 'none' },
      ...{ retryAfterMs: 1_000, nextStep: 'Wait.' },
    })
  }

  #takes(name: string): boolean {
    const rate = this.#limits[name]
    if (!rate) return true
    const perMs = rate.calls / rate.perMs
    const now = this.#clock.monotonicMs()
    const bucket = this.#buckets.get(name) ?? { tokens: perMs * 1_000, at: now }
    bucket.tokens = Math.min(perMs * 1_000, bucket.tokens + (now - bucket.at) * perMs)
    bucket.at = now
    this.#buckets.set(name, bucket)
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }
}

/** The least time for so many keys: of each class, all its calls at its rate. `perKey`: as one rotation was counted. */
export function floorMs(keys: number, perKey: Readonly<Record<string, number>>, limits: Limits): number {
  const times = Object.entries(limits).map(
    ([name, { calls, perMs }]) => (keys * (perKey[name] ?? 0) * perMs) / calls,
  )
  return Math.max(0, ...times)
}
