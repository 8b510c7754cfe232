/* A managed key on a virtual clock, with a meter that a test owns. */
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Measured, Meter, MeterRequest } from '../../../src/contracts/meter.ts'
import { type Finding, SLOT_MS, type UsageRules } from '../../../src/contracts/usage.ts'
import type { Context } from '../../../src/service/context.ts'
import { readFindings } from '../../../src/service/usage/documents.ts'
import { watchUsage } from '../../../src/service/usage/watch-usage.ts'
import { makeRig, type Rig, type Setup } from '../../engine/harness.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

export interface MeterSpace {
  /** What it tells of a half hour that ends then; undefined: nothing. */
  tell: (at: number, request: MeterRequest) => Partial<Measured> | undefined
  requests: MeterRequest[]
  isDown: boolean
}

export interface UsageRig extends Rig {
  meter: MeterSpace
  watch(context?: Context): Promise<number | null>
  /** Looks each hour for so long. */
  watchFor(ms: number): Promise<void>
  findings(): Promise<Finding[]>
  /** Another process, with the same meter. */
  other(): Context
}

const rules: UsageRules = { from: ['gateway'], ratio: 3, idle: false, policy: 'tell', policies: {} }

export function makeUsageRig(change: Partial<UsageRules> = {}, setup: Setup = {}): UsageRig {
  const rig = makeRig(setup)
  Object.assign(rig.key, { usage: { ...rules, ...change } })
  const space: MeterSpace = { tell: () => ({ amount: 50 }), requests: [], isDown: false }
  const meter: Meter = {
    everyMs: HOUR,
    historyMs: 21 * DAY,
    read: async (request) => readSpace(space, request),
  }
  const withMeter = (context: Context, holder: string): Context => ({
    ...context,
    holder,
    providers: { ...context.providers, meter: async () => meter },
  })
  const context = withMeter(rig.context, 'one')
  const watch = (by = context) => watchUsage(by)
  return {
    ...rig,
    context,
    meter: space,
    watch,
    watchFor: async (ms) => {
      for (let passed = 0; passed < ms; passed += HOUR) {
        rig.pass(HOUR)
        await watch()
      }
    },
    findings: async () => (await readFindings(context, rig.key.name))?.findings ?? [],
    other: () => withMeter(rig.process(), 'two'),
  }
}

function readSpace(space: MeterSpace, request: MeterRequest) {
  space.requests.push(request)
  if (space.isDown) {
    const nextStep = 'Wait.'
    throw new ProviderError({
      code: 'unavailable',
      provider: 'gateway',
      message: 'no answer',
      effect: 'none',
      nextStep,
    })
  }
  const measured: Measured[] = []
  for (const { key } of request.subjects)
    for (let at = request.from + SLOT_MS; at <= request.to; at += SLOT_MS) {
      const told = space.tell(at, request)
      if (told) measured.push({ key, unit: 'requests', at, from: at - SLOT_MS, amount: 0, ...told })
    }
  return { measured, completeTo: request.to, notes: [] }
}
