/* Ninety days in which nothing is wrong that does not heal: nobody is woken, and a rotation is one message at most. */
import { expect, test } from 'vitest'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { Context } from '../../../src/service/context.ts'
import { run } from '../../../src/service/run.ts'
import { acceptSupply } from '../../../src/workflow/people/supply.ts'
import { makeOperator } from '../../engine/actors.ts'
import type { Around } from '../../engine/wiring.ts'
import { seedRandom } from '../../shared/seeded-random.ts'
import { DAY_MS, HOUR_MS, makeNotifyRig, type NotifyRig } from './rig.ts'

const DAYS = 90
/** How often `run` is started. */
const EVERY_HOURS = 2
/** One call in twenty is refused for its rate, as by an account that others use too. */
const THROTTLED = 1 / 20

const policy = {
  everyMs: 20 * DAY_MS,
  overlapMs: DAY_MS,
  callLimitMs: 20_000,
  readyLimitMs: 300_000,
  giveUpMs: DAY_MS,
  askBeforeMs: 7 * DAY_MS,
  remindEveryMs: DAY_MS,
  operatorDeadlineMs: 7 * DAY_MS,
  afterCareMs: DAY_MS,
  retryMinMs: 5_000,
  retryMaxMs: 900_000,
}

function throws(code: 'throttled' | 'unavailable', provider: string): never {
  const nextStep = 'Wait.'
  throw new ProviderError({ code, provider, message: 'not now', effect: 'none', nextStep })
}

interface Trouble {
  around: Around
  /** How often each kind of it came. */
  counts: { throttled: number; down: number }
}

/** Three hours every five days, two hours every week. */
function isDown(provider: string, now: number): boolean {
  const hours = Math.floor(now / HOUR_MS)
  return provider === 'store' ? hours % (5 * 24) < 3 : hours % (7 * 24) < 2
}

/** Calls that are refused for their rate, and every few days some hours in which a provider is down. */
function makeTrouble(rig: NotifyRig): Trouble {
  const random = seedRandom(7)
  const counts = { throttled: 0, down: 0 }
  const around: Around = async (call, go) => {
    const [provider = '', verb = ''] = call.split('.')
    if (!['issuer', 'store'].includes(provider) || verb === 'close') return go()
    if (isDown(provider, rig.now())) {
      counts.down += 1
      throws('unavailable', provider)
    }
    if (Number.parseInt(random(3), 36) / 36 ** 3 < THROTTLED) {
      counts.throttled += 1
      throws('throttled', provider)
    }
    return go()
  }
  return { around, counts }
}

/** Makes the key three days after being asked, and deletes the old one half a day after that was asked. */
async function workLate(rig: NotifyRig, context: Context): Promise<void> {
  const { rotation } = await rig.record()
  const { operator } = rotation ?? {}
  if (!operator) return
  // A person sees what is down, and comes back.
  const canWork = !isDown('store', rig.now()) && !isDown('issuer', rig.now())
  if (operator.kind === 'create' && canWork && rig.now() >= operator.askedAt + 3 * DAY_MS) {
    const made = rig.space.addKey({ name: operator.name })
    const change: NonNullable<Parameters<NotifyRig['run']>[0]>['change'] = (record, now, values) => {
      acceptSupply(record, values.keep(made.material), now)
      return [{ at: now, key: record.key, kind: 'supplied', text: 'a value was supplied' }]
    }
    await rig.run({ change }, context)
  }
  if (operator.kind === 'revoke' && rig.now() >= operator.askedAt + DAY_MS / 2)
    for (const key of rig.space.keys)
      if (key.name !== rig.space.keys.at(-1)?.name) Object.assign(key, { revoked: true, deadFrom: 0 })
}

async function live(rig: NotifyRig, each: (context: Context) => Promise<void>, days = DAYS) {
  const { around, counts } = makeTrouble(rig)
  const context = rig.open(around)
  const rotations = new Set<string>()
  for (let hours = 0; hours < days * 24; hours += EVERY_HOURS) {
    await run(context)
    await each(context)
    const { rotation, last } = await rig.record()
    for (const one of [rotation?.id, last?.id]) if (one) rotations.add(one)
    rig.pass(EVERY_HOURS * HOUR_MS)
  }
  const perRotation = [...rotations].map(
    (id) => rig.arrived.filter(({ event }) => event.rotation === id).length,
  )
  const pages = rig.arrived.filter(({ notifier }) => notifier === 'pager').length
  process.stdout.write(
    `noise: ${days} days, ${counts.throttled} calls throttled, ${counts.down} calls while down, ${rotations.size} rotations, ${rig.events.length} events → ${pages} pages, ${rig.arrived.length} messages, ${Math.max(...perRotation)} a rotation at most\n`,
  )
  return { rotations, perRotation, pages, counts }
}

const HARD = { timeout: 60_000 }

test('by an API: nobody hears of throttling and short outages', HARD, async () => {
  const rig = makeNotifyRig({ policy, settleMs: 60_000, waitMs: 600_000 })
  const { rotations, counts } = await live(rig, async () => {})
  expect(rotations.size).toBeGreaterThanOrEqual(4)
  expect(counts.throttled).toBeGreaterThan(20)
  expect(counts.down).toBeGreaterThan(20)
  expect((await rig.record()).last?.end).toBe('completed')
  expect(rig.arrived).toEqual([])
})

test('by a person who is late: one message a rotation, and no page', HARD, async () => {
  const rig = makeNotifyRig({ policy, settleMs: 60_000, waitMs: 600_000, makeIssuer: makeOperator })
  const { rotations, perRotation, pages } = await live(rig, (context) => workLate(rig, context))
  expect(rotations.size).toBeGreaterThanOrEqual(4)
  expect((await rig.record()).last?.end).toBe('completed')
  expect(pages).toBe(0)
  expect(rig.arrived.length).toBeGreaterThanOrEqual(4)
  expect(perRotation.filter((count) => count > 1)).toEqual([])
  expect(rig.arrived.filter(({ event }) => event.rotation === undefined)).toEqual([])
})

test('the same days with what does not heal are not quiet', HARD, async () => {
  const rig = makeNotifyRig({ policy, settleMs: 60_000, waitMs: 600_000, makeIssuer: makeOperator })
  const { pages, perRotation } = await live(rig, async () => {}, 20)
  // Asked once, reminded four times, then late: at once, and after 1, 2, 4 and 8 days.
  expect(perRotation).toEqual([5 + 5 + pages])
  expect(pages).toBe(1)
})
